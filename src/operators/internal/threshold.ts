import type { MetricName } from '../../dsl/Metrics.js'
import { finite, parse } from '../../dsl/Options.js'
import { scan, type Signal } from '../../dsl/Signal.js'
import { around } from '../../dsl/Spec.js'
import { make, type Firing, type Trigger } from '../../dsl/Trigger.js'
import { monitorEntries, toSignal, type MonitorOptions } from '../monitor.js'
import * as v from 'valibot'

const schema = v.strictObject({ limit: finite, ...monitorEntries })

/** A trigger that compares a signal with a limit: what `whenBelow` and `whenAbove` share. */
export const threshold = <M extends MetricName>(
  kind: string,
  source: M | Signal<M>,
  limit: number,
  options: MonitorOptions,
  fires: (value: number) => boolean,
): Trigger<M> => {
  parse(kind, schema, { limit, ...options })
  const signal = toSignal(source, options)
  return make<M>(
    scan<M, null, Firing>(
      // the other options are the monitor's and stand in its spec
      around(kind, { limit }, [signal.spec]),
      signal,
      null,
      undefined,
      (state, observed) => [fires(observed) ? { observed, threshold: limit } : undefined, state],
    ),
  )
}
