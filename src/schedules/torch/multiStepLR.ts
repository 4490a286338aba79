import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, finite, parse, whole } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initial: atLeast(0),
  milestones: v.array(whole),
  gamma: v.optional(finite, 0.1),
})

/**
 * PyTorch's MultiStepLR: times `gamma` at each milestone, twice where one is repeated; a milestone 0 counts from the beginning.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const schedule = torch.multiStepLR({ initial: 1, milestones: [1, 3, 3], gamma: 0.5 })
 * ;[0, 1, 2, 3].map(schedule.at) // => [1, 0.5, 0.5, 0.125]
 */
export const multiStepLR = (options: {
  readonly initial: number
  readonly milestones: ReadonlyArray<number>
  readonly gamma?: number
}): Schedule => {
  const { initial, milestones, gamma } = parse('torch.multiStepLR', schema, options)
  // a milestone before the first step is never passed
  const reached = (step: number): number => milestones.filter((at) => at >= 0 && at <= step).length
  return make('torch.multiStepLR', { ...options }, (step) => initial * gamma ** reached(step))
}
