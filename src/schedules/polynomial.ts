import { make, type Schedule } from '../dsl/Schedule.js'
import { above, atLeast, flag, parse, positive } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initial: atLeast(0),
  end: v.optional(atLeast(0), 0.0001),
  steps: positive,
  power: v.optional(above(0), 1),
  cycle: v.optional(flag, false),
})

/**
 * `(initial - end) * (1 - step / steps)^power + end`, then `end`; with `cycle` the span grows to the next multiple of `steps`
 * instead. Power 1 is a line. Keras' PolynomialDecay.
 * @category schedules
 * @example
 * import { polynomial } from 'rxfit'
 * const schedule = polynomial({ initial: 1, end: 0, steps: 10, power: 2 })
 * ;[0, 5, 10, 20].map(schedule.at) // => [1, 0.25, 0, 0]
 */
export const polynomial = (options: {
  readonly initial: number
  readonly end?: number
  readonly steps: number
  readonly power?: number
  readonly cycle?: boolean
}): Schedule => {
  const { initial, end, steps, power, cycle } = parse('polynomial', schema, options)
  return make('polynomial', { ...options }, (step) => {
    const span = cycle ? steps * Math.max(1, Math.ceil(step / steps)) : steps
    return (initial - end) * (1 - Math.min(step, span) / span) ** power + end
  })
}
