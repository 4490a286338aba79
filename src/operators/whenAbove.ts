import type { MetricName } from '../dsl/Metrics.js'
import type { Signal } from '../dsl/Signal.js'
import type { Trigger } from '../dsl/Trigger.js'
import { threshold } from './internal/threshold.js'
import type { MonitorOptions } from './monitor.js'

/**
 * Fires at each event where a metric (or any signal) is above a limit; strictly, and never for NaN.
 * @category triggers
 * @example
 * import { whenAbove } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(whenAbove('acc', 0.5), [{ acc: 0.5 }, { acc: 0.75 }]) // => [1]
 */
export const whenAbove = <const M extends MetricName>(
  source: M | Signal<M>,
  limit: number,
  options: MonitorOptions = {},
): Trigger<M> => threshold('whenAbove', source, limit, options, 'above')
