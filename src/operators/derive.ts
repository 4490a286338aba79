import { NotMeasured, strictLogs, type StrictLogs } from '../dsl/Metrics.js'
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
export function derive<const A extends string>(metric: A, from: (logs: StrictLogs) => number): Enricher<never, A>
export function derive<const A extends string, M extends string>(metric: A, from: Signal<M>): Enricher<M, A>
// two signatures, since a signal is itself a function and would hide the type of `logs`
export function derive(metric: string, from: ((logs: StrictLogs) => number) | Signal): Enricher {
  parse('derive', schema, { metric })
  const added = (value: number | undefined): Logs | undefined => (value === undefined ? undefined : { [metric]: value })
  if (isSignal(from))
    return make({
      ...Machine.map(added)<TrainingEvent>(from),
      parts: (state) => [{ machine: from, state }],
      spec: { ...from.spec, kind: 'derive', options: { metric }, children: [from.spec], provides: [metric] },
    })
  return make(
    Machine.fromFunction(
      { kind: 'derive', options: { metric, f: functionRef(from) }, provides: [metric], events: ['EpochEnd'] },
      (event: TrainingEvent) => {
        if (event._tag !== 'EpochEnd') return undefined
        try {
          return added(from(strictLogs(event)))
        } catch (error) {
          if (error instanceof NotMeasured) return undefined
          throw error
        }
      },
    ),
  )
}
