import { read, type MetricName } from '../dsl/Metrics.js'
import { onMissing, oneOf, parse, text } from '../dsl/Options.js'
import { fromRead, isSignal, type Signal } from '../dsl/Signal.js'
import { measuring, type Measuring } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface MonitorOptions {
  /** the event whose logs are read; default 'EpochEnd' */
  readonly at?: Measuring
  /** what to do when the run doesn't report such a metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

/** The schema of `MonitorOptions`, for operators that hand them on. */
export const monitorEntries = { at: v.optional(oneOf(...measuring), 'EpochEnd'), onMissing }

const schema = v.strictObject({ metric: text, ...monitorEntries })

/**
 * The value of a metric at the end of each epoch (or batch, or test). `acc` and `accuracy` stand for each other. A name that
 * the run doesn't report is a `MissingMetric`; a metric that wasn't measured this time (`val_*` without validation in this
 * epoch) gives nothing.
 * @category signals
 * @example
 * import { monitor } from 'rxfit'
 * import { values } from 'rxfit/testing'
 * values(monitor('loss'), [{ loss: 0.5 }, { loss: 0.25 }]) // => [0.5, 0.25]
 */
export const monitor = <const M extends MetricName>(metric: M, options: MonitorOptions = {}): Signal<M> => {
  const { at, onMissing } = parse('monitor', schema, { metric, ...options })
  return fromRead<M>(
    { kind: 'monitor', options: { metric, ...options }, metrics: onMissing === 'skip' ? [] : [metric], events: [at] },
    (event) => (event._tag === at ? read(event, metric, onMissing) : undefined),
  )
}

/** A signal, or the name of the metric that it should be. */
export const toSignal = <const M extends MetricName>(source: M | Signal<M>, options: MonitorOptions = {}): Signal<M> =>
  isSignal(source) ? source : monitor(source, options)
