import { strictLogs } from '../dsl/Metrics.js'
import { NotMeasured } from '../dsl/Metrics.js'
import { parse, text } from '../dsl/Options.js'
import { make, type Enricher } from '../dsl/Enricher.js'
import * as Machine from '../dsl/Machine.js'
import { isSignal, type Signal } from '../dsl/Signal.js'
import { functionRef } from '../dsl/Spec.js'
import type { Logs, TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

const schema = v.strictObject({ metric: text })

/**
 * A metric computed from others, added to the logs of every epoch's end: from a function of the logs, or from a signal (then
 * it can be an average or anything else with memory). Place it before policies with `enrich`. Where one of its inputs wasn't
 * measured, it isn't there either.
 * @category enrichers
 * @example
 * import { derive, enrich, monitor } from 'rxfit'
 * import { values } from 'rxfit/testing'
 * const gap = derive('gap', (logs) => logs.val_loss - logs.loss)
 * values(enrich(gap)(monitor('gap')), [{ loss: 0.5, val_loss: 0.75 }]) // => [0.25]
 */
export const derive = <const A extends string, M extends string = never>(
  metric: A,
  from: ((logs: Logs) => number) | Signal<M>,
): Enricher<M, A> => {
  parse('derive', schema, { metric })
  const added = (value: number | undefined): Logs | undefined => (value === undefined ? undefined : { [metric]: value })
  if (isSignal(from)) {
    const signal = from as Signal<M>
    return make<M, A>({
      ...Machine.map(added)<TrainingEvent<M>>(signal),
      spec: { ...signal.spec, kind: 'derive', options: { metric }, children: [signal.spec], provides: [metric] },
    })
  }
  const f = from as (logs: Logs) => number
  return make<M, A>(
    Machine.fromFunction(
      { kind: 'derive', options: { metric, f: functionRef(f) }, provides: [metric], events: ['EpochEnd'] },
      (event: TrainingEvent<M>) => {
        if (event._tag !== 'EpochEnd') return undefined
        try {
          return added(f(strictLogs(event)))
        } catch (error) {
          if (error instanceof NotMeasured) return undefined
          throw error
        }
      },
    ),
  )
}
