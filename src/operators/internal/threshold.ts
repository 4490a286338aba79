import type { MetricName } from '../../dsl/Metrics.js'
import { finite, parse } from '../../dsl/Options.js'
import { scan, type Signal } from '../../dsl/Signal.js'
import { around, label } from '../../dsl/Spec.js'
import { make, type Firing, type Trigger } from '../../dsl/Trigger.js'
import { monitorEntries, toSignal, type MonitorOptions } from '../monitor.js'
import { brief } from './words.js'
import { calledBy } from './progress.js'
import * as v from 'valibot'

const schema = v.strictObject({ limit: finite, ...monitorEntries })

/** A trigger that compares a signal with a limit: what `whenBelow` and `whenAbove` share. */
export const threshold = <M extends MetricName>(
  kind: string,
  source: M | Signal<M>,
  limit: number,
  options: MonitorOptions,
  is: 'below' | 'above',
): Trigger<M> => {
  parse(kind, schema, { limit, ...options })
  const signal = toSignal(source, options)
  // the other options are the monitor's and stand in its spec
  const spec = around(kind, { limit }, [signal.spec])
  const fires = (value: number): boolean => (is === 'below' ? value < limit : value > limit)
  return make<M>(
    scan<M, null, Firing>(
      spec,
      signal,
      null,
      undefined,
      (state, observed) => [fires(observed) ? { observed, threshold: limit } : undefined, state],
      () => [{ by: label(spec), why: { threshold: limit }, needs: `${calledBy(signal.spec)} ${is} ${brief(limit)}` }],
    ),
  )
}
