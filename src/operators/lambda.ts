import { run } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { func, mustBeOptions, parse } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { functionRef } from '../dsl/Spec.js'
import type { Logs, Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

type WithLogs = (logs: Logs) => unknown
type WithIndex = (index: number, logs: Logs) => unknown

/** Keras' hook names. Epochs and batches count from 0. */
export interface Hooks {
  readonly onTrainBegin?: WithLogs
  readonly onTrainEnd?: WithLogs
  readonly onEpochBegin?: WithIndex
  readonly onEpochEnd?: WithIndex
  readonly onBatchBegin?: WithIndex
  readonly onBatchEnd?: WithIndex
  readonly onTrainBatchBegin?: WithIndex
  readonly onTrainBatchEnd?: WithIndex
  readonly onTestBegin?: WithLogs
  readonly onTestEnd?: WithLogs
  readonly onTestBatchBegin?: WithIndex
  readonly onTestBatchEnd?: WithIndex
  readonly onPredictBegin?: WithLogs
  readonly onPredictEnd?: WithLogs
  readonly onPredictBatchBegin?: WithIndex
  readonly onPredictBatchEnd?: WithIndex
}

const tagOf: Readonly<Record<keyof Hooks, Tag>> = {
  onTrainBegin: 'TrainBegin',
  onTrainEnd: 'TrainEnd',
  onEpochBegin: 'EpochBegin',
  onEpochEnd: 'EpochEnd',
  onBatchBegin: 'BatchBegin',
  onBatchEnd: 'BatchEnd',
  onTrainBatchBegin: 'BatchBegin',
  onTrainBatchEnd: 'BatchEnd',
  onTestBegin: 'TestBegin',
  onTestEnd: 'TestEnd',
  onTestBatchBegin: 'TestBatchBegin',
  onTestBatchEnd: 'TestBatchEnd',
  onPredictBegin: 'PredictBegin',
  onPredictEnd: 'PredictEnd',
  onPredictBatchBegin: 'PredictBatchBegin',
  onPredictBatchEnd: 'PredictBatchEnd',
}

const schema = v.strictObject(
  Object.fromEntries(Object.keys(tagOf).map((hook) => [hook, v.optional(func)])) as Record<
    keyof Hooks,
    v.OptionalSchema<typeof func, undefined>
  >,
)

const call = (hook: keyof Hooks, f: WithLogs | WithIndex, event: TrainingEvent): unknown => {
  if (hook.includes('Batch')) return (f as WithIndex)(event.batch ?? 0, event.logs)
  if (hook.includes('Epoch')) return (f as WithIndex)(event.epoch, event.logs)
  return (f as WithLogs)(event.logs)
}

/**
 * Keras' LambdaCallback: functions by hook name, for side effects. They run live, awaited, in the order of their events; a
 * replay only writes down that they would have. One that throws fails the fit and is named. Unknown hook names are refused.
 * @category policies
 * @example
 * import { lambda } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const policy = lambda({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) })
 * commands(policy, [{ loss: 0.5 }]).map((c) => c._tag) // => ['Run']
 */
export const lambda = (hooks: Hooks): Policy<never> => {
  mustBeOptions('lambda', hooks)
  parse('lambda', schema, hooks)
  const given = (Object.keys(hooks) as ReadonlyArray<keyof Hooks>).filter((hook) => hooks[hook] !== undefined)
  const spec = {
    kind: 'lambda',
    options: Object.fromEntries(given.map((hook) => [hook, functionRef(hooks[hook] as WithLogs)])),
    events: [...new Set(given.map((hook) => tagOf[hook]))],
  }
  return make<never>(
    Machine.fromFunction(spec, (event) =>
      given
        .filter((hook) => tagOf[hook] === event._tag)
        .map((hook) => ({
          ...run(`lambda.${hook}`, () => call(hook, hooks[hook] as WithLogs, event)),
          by: 'lambda',
        })),
    ),
  )
}
