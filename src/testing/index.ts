import type { Command } from '../dsl/Command.js'
import { run, type Machine } from '../dsl/Machine.js'
import type { Policy } from '../dsl/Policy.js'
import type { Signal } from '../dsl/Signal.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import type { Trigger } from '../dsl/Trigger.js'
import { fromEpochs, type EpochRow, type EpochsOptions } from '../logs/fromEpochs.js'

/**
 * The events of a run with these metrics, one row an epoch, from TrainBegin to TrainEnd.
 * @category testing
 * @example
 * import { events } from 'rxfit/testing'
 * events([{ loss: 1 }]).map((e) => e._tag) // => ['TrainBegin', 'EpochBegin', 'EpochEnd', 'TrainEnd']
 */
export const events = (rows: ReadonlyArray<EpochRow>, options: EpochsOptions = {}): ReadonlyArray<TrainingEvent> => {
  const happened = fromEpochs(rows, options).events
  const last = happened.at(-1) as TrainingEvent
  return [...happened, { ...last, _tag: 'TrainEnd', batch: null }]
}

const outputs = <M extends string, O>(
  machine: Machine<TrainingEvent<M>, O>,
  rows: ReadonlyArray<EpochRow>,
): ReadonlyArray<readonly [TrainingEvent, O]> => {
  const happened = events(rows)
  const [all] = run(machine)(happened as ReadonlyArray<TrainingEvent<M>>)
  return happened.map((event, i) => [event, all[i] as O] as const)
}

/**
 * The values of a signal over a run.
 * @category testing
 * @example
 * import { monitor } from 'rxfit'
 * import { values } from 'rxfit/testing'
 * values(monitor('loss'), [{ loss: 1 }, { loss: 0.5 }]) // => [1, 0.5]
 */
export const values = <M extends string>(signal: Signal<M>, rows: ReadonlyArray<EpochRow>): ReadonlyArray<number> =>
  outputs(signal, rows).flatMap(([, value]) => (value === undefined ? [] : [value]))

/**
 * The 0-based epochs at whose events a trigger fires, among the events at which it is asked.
 * @category testing
 * @example
 * import { everyN } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(everyN(2), [{}, {}, {}, {}]) // => [1, 3]
 */
export const firings = <M extends string>(trigger: Trigger<M>, rows: ReadonlyArray<EpochRow>): ReadonlyArray<number> =>
  outputs(trigger, rows).flatMap(([event, why]) =>
    why === undefined || !trigger.spec.events.includes(event._tag) ? [] : [event.epoch],
  )

/**
 * Everything that a policy asks for over a run, stops not obeyed.
 * @category testing
 * @example
 * import { emit, everyN, log } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * commands(emit(log('hello'))(everyN(1)), [{}, {}]).length // => 2
 */
export const commands = <M extends string>(policy: Policy<M>, rows: ReadonlyArray<EpochRow>): ReadonlyArray<Command> =>
  outputs(policy, rows).flatMap(([, asked]) => asked)
export { curve, type CurveOptions } from './curve.js'
export { runPolicy, type RunPolicyOptions, type TestRun } from './runPolicy.js'
export {
  expectDecisions,
  ExpectationError,
  type DecisionExpectations,
  type ExpectedDecision,
} from './expectDecisions.js'
