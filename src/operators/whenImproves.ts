import type { Direction, MetricName } from '../dsl/Metrics.js'
import { atLeast, finite, mode, onMissing, parse } from '../dsl/Options.js'
import { scan, type Signal } from '../dsl/Signal.js'
import { around, label } from '../dsl/Spec.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import { betterThan, metricsOf, resolveDirection, calledBy } from './internal/progress.js'
import { toSignal } from './monitor.js'
import { beating } from './internal/words.js'
import * as v from 'valibot'

export interface ImprovesOptions {
  /** an improvement must be more than this; 0 or more. Default 0 */
  readonly minDelta?: number
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others' */
  readonly mode?: Direction | 'auto'
  /** a value already reached, which the first must beat */
  readonly threshold?: number
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

const schema = v.strictObject({
  minDelta: v.optional(atLeast(0), 0),
  mode,
  threshold: v.optional(finite),
  onMissing,
})

/**
 * Fires when a metric (or any signal) is better than it ever was, by more than `minDelta`. The first number counts, unless a
 * `threshold` is to be beaten; NaN never does.
 * @category triggers
 * @example
 * import { whenImproves } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(whenImproves('acc'), [{ acc: 0.5 }, { acc: 0.5 }, { acc: 0.75 }]) // => [0, 2]
 */
export const whenImproves = <const M extends MetricName>(
  source: M | Signal<M>,
  options: ImprovesOptions = {},
): Trigger<M> => {
  const o = parse('whenImproves', schema, options)
  const signal = toSignal(source, { onMissing: o.onMissing })
  const direction = resolveDirection('whenImproves', o.mode, metricsOf(signal.spec))
  const improves = betterThan(direction, o.minDelta)
  const spec = around('whenImproves', { ...options }, [signal.spec])
  const init: JsonNumber | null = o.threshold === undefined ? null : encodeNumber(o.threshold)
  return make<M>(
    scan<M, JsonNumber | null, Firing>(
      spec,
      signal,
      init,
      undefined,
      (best, observed) => {
        const before = best === null ? null : decodeNumber(best)
        const better = before === null ? !Number.isNaN(observed) : improves(observed, before)
        return better ? [{ observed, best: before }, encodeNumber(observed)] : [undefined, best]
      },
      (best) => {
        const metric = calledBy(signal.spec)
        const known = best === null ? null : decodeNumber(best)
        return [
          {
            by: label(spec),
            why: { best: known },
            needs: known === null ? `any ${metric}` : `${metric} ${beating(direction, o.minDelta)(known)}`,
          },
        ]
      },
    ),
  )
}
