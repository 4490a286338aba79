import type { Enricher } from '../dsl/Enricher.js'
import * as Machine from '../dsl/Machine.js'
import * as Policy from '../dsl/Policy.js'
import * as Signal from '../dsl/Signal.js'
import { union, type Spec } from '../dsl/Spec.js'
import * as Trigger from '../dsl/Trigger.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { argument } from './internal/parts.js'

/** What an enricher provides is no longer required of the run. */
const behind = (enricher: Spec, inner: Spec): Spec => {
  const provided = enricher.provides ?? []
  const metrics = union(
    enricher.metrics,
    inner.metrics?.filter((metric) => !provided.includes(metric)),
  )
  return {
    ...inner,
    kind: 'enrich',
    children: [enricher, inner],
    events: union(enricher.events, inner.events),
    options: {},
    metrics,
  }
}

/**
 * Places an enricher before a signal, a trigger or a policy: behind it the events carry the added metrics.
 * @category enrichers
 * @example
 * import { derive, enrich, stopIf } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const ratio = derive('ratio', (logs) => logs.val_loss / logs.loss)
 * const policy = enrich(ratio)(stopIf((e) => e.logs.ratio > 2, 'overfitting'))
 * commands(policy, [{ loss: 1, val_loss: 3 }]).map((c) => c._tag) // => ['StopTraining']
 */
export const enrich =
  <E extends string, A extends string>(enricher: Enricher<E, A>) =>
  <X extends Policy.Policy | Signal.Signal | Trigger.Trigger>(inner: X): Enriched<X, E, A> => {
    argument('enrich', 0, enricher, 'enricher')
    argument('enrich', 0, inner, 'policy', 'signal', 'trigger')
    const machine = inner as unknown as Machine.Machine<TrainingEvent, unknown>
    const composed = {
      ...Machine.andThen(machine)(enricher as unknown as Machine.Machine<TrainingEvent, TrainingEvent>),
      spec: behind(enricher.spec, inner.spec),
    }
    if (Policy.isPolicy(inner)) return Policy.make(composed as never) as unknown as Enriched<X, E, A>
    return (Signal.isSignal(inner)
      ? Signal.make(composed as never)
      : Trigger.make(composed as never)) as unknown as Enriched<X, E, A>
  }

type Enriched<X, E extends string, A extends string> =
  X extends Policy.Policy<infer M>
    ? Policy.Policy<E | Exclude<M, A>>
    : X extends Signal.Signal<infer M>
      ? Signal.Signal<E | Exclude<M, A>>
      : X extends Trigger.Trigger<infer M>
        ? Trigger.Trigger<E | Exclude<M, A>>
        : never
