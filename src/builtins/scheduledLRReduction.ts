import { none, type Command } from '../dsl/Command.js'
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
 * Multiplies the learning rate as each of these epochs begins. Sonosco's ScheduledLearningRateReduction: a run that begins
 * behind some of them makes up for one an epoch; a cut that would lead below `minLr` is not made at all. It composes with a
 * schedule.
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
  const cuts = epochSchedule
    .map((epoch, i) => ({ epoch, factor: typeof given === 'number' ? given : (given[i] as number) }))
    .sort((a, b) => a.epoch - b.epoch)
  return make<never>(
    Machine.make(
      { kind: by, options: { ...options }, events: ['EpochBegin'], learningRate: 'scales' },
      0,
      (made: number, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, number] => {
        const cut = cuts[made]
        if (cut === undefined || event.epoch < cut.epoch) return [none, made]
        return [cutAbove(by, event, cut.factor, min), made + 1]
      },
      (made) => [{ by, why: { cuts: made, next: cuts[made]?.epoch ?? null } }],
    ),
  )
}
