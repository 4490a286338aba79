import { none } from '../dsl/Command.js'
import { count, OptionError, parse } from '../dsl/Options.js'
import * as Machine from '../dsl/Machine.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { cutAbove } from './internal/cutAbove.js'
import { minLr, reductionFactor } from './stepwiseLRReduction.js'
import * as v from 'valibot'

export interface ScheduledLRReductionOptions {
  /** 0-based epochs at whose beginning the rate is cut, in any order */
  readonly epochSchedule: ReadonlyArray<number>
  /** what the rate is multiplied by, from 0 and below 1; a list has one for each epoch of the schedule */
  readonly reductionFactor: number | ReadonlyArray<number>
  /** a cut that would go below this is left out. Default null: none is */
  readonly minLr?: number | null
}

const schema = v.strictObject({
  epochSchedule: v.pipe(v.array(count), v.readonly()),
  reductionFactor: v.union([reductionFactor, v.pipe(v.array(reductionFactor), v.readonly())]),
  minLr,
})

const by = 'scheduledLRReduction'

/**
 * Multiplies the learning rate as each of these epochs begins; by all of its factors where an epoch is listed again. A run that
 * begins behind some of them passes them over, where Sonosco's ScheduledLearningRateReduction makes up for one an epoch. A cut
 * that would lead below `minLr` is not made at all. It composes with a schedule.
 * @category builtins
 * @example
 * import { scheduledLRReduction } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const policy = scheduledLRReduction({ epochSchedule: [1, 3], reductionFactor: [0.5, 0.1] })
 * replay(policy, fromEpochs([{}, {}, {}, {}], { learningRate: 1 })).outcome.learningRates // => [1, 0.5, 0.5, 0.05]
 */
export const scheduledLRReduction = (options: ScheduledLRReductionOptions): Policy<never> => {
  const { epochSchedule, reductionFactor: given, minLr: min } = parse(by, schema, options)
  if (typeof given !== 'number' && given.length !== epochSchedule.length)
    throw new OptionError([
      {
        path: `${by}.reductionFactor`,
        message: `must be one factor, or one for each epoch of the schedule (${epochSchedule.length}), got ${given.length}`,
      },
    ])
  const schedule = epochSchedule.map((epoch, i) => ({
    epoch,
    factor: typeof given === 'number' ? given : (given[i] as number),
  }))
  return make<never>(
    Machine.fromFunction(
      { kind: by, options: { ...options }, events: ['EpochBegin'], learningRate: 'scales' },
      (event: TrainingEvent<never>) => {
        let { lr } = event
        return schedule.flatMap(({ epoch, factor }) => {
          if (epoch !== event.epoch) return none
          const cut = cutAbove(by, { ...event, lr }, factor, min)
          if (cut !== none) lr *= factor
          return cut
        })
      },
    ),
  )
}
