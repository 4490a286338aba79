import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, finite, parse, positive } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ initial: atLeast(0), stepSize: positive, gamma: v.optional(finite, 0.1) })

/**
 * PyTorch's StepLR: times `gamma` every `stepSize` steps.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const schedule = torch.stepLR({ initial: 1, stepSize: 2, gamma: 0.5 })
 * ;[0, 1, 2, 4].map(schedule.at) // => [1, 1, 0.5, 0.25]
 */
export const stepLR = (options: {
  readonly initial: number
  readonly stepSize: number
  readonly gamma?: number
}): Schedule => {
  const { initial, stepSize, gamma } = parse('torch.stepLR', schema, options)
  return make('torch.stepLR', { ...options }, (step) => initial * gamma ** Math.floor(step / stepSize))
}
