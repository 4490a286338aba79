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

/** The ways to compare, in words that messages use. */
const comparisons = {
  below: (value: number, limit: number) => value < limit,
  above: (value: number, limit: number) => value > limit,
  'at most': (value: number, limit: number) => value <= limit,
  'at least': (value: number, limit: number) => value >= limit,
} as const

/** A trigger that compares a signal with a limit: what `whenBelow` and `whenAbove` share. */
export const threshold = <M extends MetricName>(
  kind: string,
  source: M | Signal<M>,
  limit: number,
  options: MonitorOptions,
  is: keyof typeof comparisons,
): Trigger<M> => {
  parse(kind, schema, { limit, ...options })
  const signal = toSignal(source, options)
  // the other options are the monitor's and stand in its spec
  const spec = around(kind, { limit }, [signal.spec])
  const fires = comparisons[is]
  return make<M>(
    scan<M, null, Firing>(
      spec,
      signal,
      null,
      undefined,
      (state, observed) => [fires(observed, limit) ? { observed, threshold: limit } : undefined, state],
      () => [{ by: label(spec), why: { threshold: limit }, needs: `${calledBy(signal.spec)} ${is} ${brief(limit)}` }],
    ),
  )
}
