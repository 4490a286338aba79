import * as Machine from './Machine.js'
import { missingFrom } from './Metrics.js'
import { callable, type Callable } from './Operator.js'
import { union } from './Spec.js'
import type { Logs, TrainingEvent } from './TrainingEvent.js'

export const TypeId: unique symbol = Symbol.for('rxfit/Enricher') as never

/**
 * A machine from events to events that know more: it adds metrics to `logs`. `M` is what it needs, `A` what it adds.
 * Nothing else touches logs, so the order of policies never changes what they see.
 */
export interface Enricher<out M extends string = string, out A extends string = string> extends Callable<
  TrainingEvent<M>,
  TrainingEvent,
  TrainingEvent
> {
  readonly [TypeId]: A
}

/** Where an epoch gave nothing to add, those metrics were not measured in it, which is no mistake of whoever reads them. */
const without = <M extends string>(event: TrainingEvent<M>, provides: ReadonlyArray<string>): TrainingEvent => {
  if (event._tag !== 'EpochEnd') return event
  const lacking = missingFrom(provides, event.logs)
  return lacking.length === 0 ? event : { ...event, missing: union(event.missing, lacking) }
}

/** Makes an enricher of a machine that gives the metrics to add to an event, or nothing. */
export const make = <M extends string, A extends string>(
  machine: Machine.Machine<TrainingEvent<M>, Logs | undefined>,
): Enricher<M, A> => {
  const step: Machine.Step<TrainingEvent<M>, TrainingEvent> = (state, event) => {
    const [added, next] = machine.step(state, event)
    if (added === undefined) return [without(event, machine.spec.provides ?? []), next]
    return [{ ...event, logs: { ...event.logs, ...added } }, next]
  }
  return callable({ ...Machine.bones(machine), step }, (event) => [event], {
    [TypeId]: undefined as never,
  })
}
