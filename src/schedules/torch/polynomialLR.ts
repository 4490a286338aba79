import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, finite, parse, whole } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initial: atLeast(0),
  totalIters: v.optional(whole, 5),
  power: v.optional(finite, 1),
})

/**
 * PyTorch's PolynomialLR: down to 0 in `totalIters` steps, along `(1 - progress)^power`.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const schedule = torch.polynomialLR({ initial: 1, totalIters: 2, power: 2 })
 * ;[0, 1, 2, 9].map(schedule.at) // => [1, 0.25, 0, 0]
 */
export const polynomialLR = (options: {
  readonly initial: number
  readonly totalIters?: number
  readonly power?: number
}): Schedule => {
  const { initial, totalIters, power } = parse('torch.polynomialLR', schema, options)
  return make('torch.polynomialLR', { ...options }, (step) =>
    totalIters <= 0 ? initial : initial * (1 - Math.min(totalIters, step) / totalIters) ** power,
  )
}
