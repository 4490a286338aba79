import type { MetricName } from '../dsl/Metrics.js'
import type { Signal } from '../dsl/Signal.js'
import type { Trigger } from '../dsl/Trigger.js'
import { threshold } from './internal/threshold.js'
import type { MonitorOptions } from './monitor.js'

/**
 * Fires at each event where a metric (or any signal) is below a limit; strictly, and never for NaN.
 * @category triggers
 * @example
 * import { whenBelow } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(whenBelow('loss', 0.5), [{ loss: 1 }, { loss: 0.5 }, { loss: 0.25 }]) // => [2]
 */
export const whenBelow = <const M extends MetricName>(
  source: M | Signal<M>,
  limit: number,
  options: MonitorOptions = {},
): Trigger<M> => threshold('whenBelow', source, limit, options, 'below')
