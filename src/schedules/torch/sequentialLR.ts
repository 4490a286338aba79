import { make, type Schedule } from '../../dsl/Schedule.js'
import { OptionError, parse, whole } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ milestones: v.array(whole) })

/**
 * PyTorch's SequentialLR: one schedule after another, each from its own beginning when its milestone is reached.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const warm = torch.linearLR({ initial: 1, startFactor: 0.5, totalIters: 2 })
 * const schedule = torch.sequentialLR([warm, torch.exponentialLR({ initial: 1, gamma: 0.5 })], [2])
 * ;[0, 1, 2, 3].map(schedule.at) // => [0.5, 0.75, 1, 0.5]
 */
export const sequentialLR = (schedulers: ReadonlyArray<Schedule>, milestones: ReadonlyArray<number>): Schedule => {
  parse('torch.sequentialLR', schema, { milestones })
  if (schedulers.length === 0 || milestones.length !== schedulers.length - 1)
    throw new OptionError([
      {
        path: 'torch.sequentialLR.milestones',
        message: `must have one entry fewer than the ${schedulers.length} schedulers, got ${milestones.length}`,
      },
    ])
  return make(
    'torch.sequentialLR',
    { milestones },
    (step) => {
      const i = milestones.filter((at) => at <= step).length
      return (schedulers[i] as Schedule).at(step - (milestones[i - 1] ?? 0))
    },
    schedulers,
  )
}
