import { none, setLR, type Command } from '../dsl/Command.js'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import * as Machine from '../dsl/Machine.js'
import { OptionError, flag, oneOf, parse } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { isSchedule, learningRateAt, type Schedule } from '../dsl/Schedule.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface ScheduleOptions {
  /** what the schedule's steps are; default 'epoch' */
  readonly per?: 'epoch' | 'batch'
  /** true: the schedule's values multiply the rate that training began with. Default false: they are the rate */
  readonly relative?: boolean
}

type State = { readonly initial: JsonNumber | null; readonly last: number | null }

const schema = v.strictObject({
  per: v.optional(oneOf('epoch', 'batch'), 'epoch'),
  relative: v.optional(flag, false),
})

/**
 * Follows a schedule: sets the learning rate when an epoch (or a batch) begins, so that it is in force for it. Plateau cuts
 * (`reduceLR`) multiply what the schedule says. Two policies that set the rate are refused before training; a value that is
 * NaN, infinite or negative is a `ScheduleError`.
 * @category policies
 * @example
 * import { scheduleLR, stepDecay } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const policy = scheduleLR(stepDecay({ initial: 0.1, drop: 0.5, every: 2 }))
 * replay(policy, fromEpochs([{}, {}, {}])).outcome.learningRates // => [0.1, 0.1, 0.05]
 */
export const scheduleLR = (schedule: Schedule, options: ScheduleOptions = {}): Policy<never> => {
  const { per, relative } = parse('scheduleLR', schema, options)
  if (!isSchedule(schedule))
    throw new OptionError([{ path: 'scheduleLR.schedule', message: 'must be a schedule, such as cosine({ … })' }])
  const begins = per === 'epoch' ? 'EpochBegin' : 'BatchBegin'
  const { kind } = schedule.spec
  return make<never>(
    Machine.make(
      {
        kind: 'scheduleLR',
        options: { ...options },
        children: [schedule.spec],
        events: ['TrainBegin', begins],
        learningRate: 'sets',
      },
      { initial: null, last: null },
      (state, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
        const initial = state.initial ?? encodeNumber(event.lr)
        if (event._tag === 'TrainBegin') return [none, { ...state, initial }]
        const step = per === 'epoch' ? event.epoch : event.step
        const value = learningRateAt(
          kind,
          per,
          step,
          relative ? schedule.at(step) * decodeNumber(initial) : schedule.at(step),
        )
        if (value === state.last) return [none, state]
        const why = { schedule: kind, [per]: step, value }
        return [[{ ...setLR(value), by: `scheduleLR(${kind})`, why }], { initial, last: value }]
      },
      ({ last }) => [{ by: `scheduleLR(${kind})`, why: { value: last }, needs: `${kind} to give another value` }],
    ),
  )
}
