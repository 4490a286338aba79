import { log, none, setLR, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { parse } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { isSchedule, learningRateAt, type Schedule } from '../dsl/Schedule.js'
import { functionRef } from '../dsl/Spec.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { storeLR } from '../dialects/Dialect.js'
import { dialectOf, dialectOption, type DialectName } from '../dialects/index.js'
import * as v from 'valibot'

export interface LearningRateSchedulerOptions {
  /** 1: say the rate at each epoch. Default 0 */
  readonly verbose?: 0 | 1
  /** whose precision: 'rxfit' (default) keeps doubles, 'keras3' and 'tfkeras2' float32 */
  readonly dialect?: DialectName
}

export const learningRateSchedulerSchema = v.strictObject({
  verbose: v.optional(v.picklist([0, 1]), 0),
  dialect: v.optional(dialectOption, 'rxfit'),
})

const by = 'learningRateScheduler'

/**
 * Sets the learning rate at the beginning of each epoch to a function of the 0-based epoch, or of the epoch and the rate so
 * far; or to a schedule's value. Keras 3's LearningRateScheduler. What is not a finite number from 0 up is a `ScheduleError`.
 * @category builtins
 * @see https://keras.io/api/callbacks/learning_rate_scheduler/
 * @example
 * import { learningRateScheduler } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const policy = learningRateScheduler((epoch, lr) => (epoch < 2 ? lr : lr / 2))
 * replay(policy, fromEpochs([{}, {}, {}, {}], { learningRate: 1 })).outcome.learningRates // => [1, 1, 0.5, 0.25]
 */
export const learningRateScheduler = (
  schedule: Schedule | ((epoch: number, lr: number) => number),
  options: LearningRateSchedulerOptions = {},
): Policy<never> => {
  const { verbose, dialect } = parse('learningRateScheduler', learningRateSchedulerSchema, options)
  const store = (lr: number): number => storeLR(dialectOf(dialect), lr)
  const at = isSchedule(schedule) ? (epoch: number) => schedule.at(epoch) : schedule
  const name = isSchedule(schedule) ? schedule.spec.kind : schedule.name || 'schedule'
  return make<never>(
    Machine.make(
      {
        kind: 'learningRateScheduler',
        options: { ...(!isSchedule(schedule) && { schedule: functionRef(schedule) }), ...options },
        ...(isSchedule(schedule) && { children: [schedule.spec] }),
        events: ['EpochBegin'],
        learningRate: 'sets',
      },
      null as number | null,
      (last, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, number] => {
        const before = last ?? store(event.lr)
        const value = store(learningRateAt(name, 'epoch', event.epoch, at(event.epoch, before)))
        const message = `Epoch ${event.epoch + 1}: ${by} setting learning rate to ${value}.`
        const said: ReadonlyArray<Command> = verbose ? [{ by, ...log(message) }] : none
        if (value === last) return [said, value]
        return [[...said, { ...setLR(value), by, why: { schedule: name, epoch: event.epoch, value } }], value]
      },
      (last) => [{ by, why: { value: last }, needs: `${name} to give another value` }],
    ),
  )
}
