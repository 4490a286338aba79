import type { MetricName } from '../dsl/Metrics.js'
import { parse } from '../dsl/Options.js'
import { scan, type Signal } from '../dsl/Signal.js'
import { around, label } from '../dsl/Spec.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import { monitorEntries, toSignal, type MonitorOptions } from './monitor.js'
import { calledBy } from './internal/progress.js'
import * as v from 'valibot'

const schema = v.strictObject(monitorEntries)

/**
 * Fires when a metric (default `loss`) or any signal is not finite: NaN or an infinity.
 * @category triggers
 * @example
 * import { whenNaN } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(whenNaN('loss'), [{ loss: 1 }, { loss: NaN }, { loss: Infinity }]) // => [1, 2]
 */
export const whenNaN = <const M extends MetricName = 'loss'>(
  source?: M | Signal<M>,
  options: MonitorOptions = {},
): Trigger<NoInfer<M>> => {
  parse('whenNaN', schema, options)
  const signal = toSignal<M>(source ?? ('loss' as M), options)
  const spec = around('whenNaN', {}, [signal.spec])
  return make<M>(
    scan<M, null, Firing>(
      spec,
      signal,
      null,
      undefined,
      (state, observed) => [Number.isFinite(observed) ? undefined : { observed }, state],
      () => [{ by: label(spec), why: {}, needs: `${calledBy(signal.spec)} NaN or infinite` }],
    ),
  )
}
