import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import type { Direction, MetricName } from '../dsl/Metrics.js'
import { above, mode, onMissing, parse } from '../dsl/Options.js'
import { scan, type Signal } from '../dsl/Signal.js'
import { around, label } from '../dsl/Spec.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import { metricsOf, resolveDirection, calledBy } from './internal/progress.js'
import { toSignal } from './monitor.js'
import { brief } from './internal/words.js'
import * as v from 'valibot'

export interface DivergesOptions {
  /** how far from the best value is too far, in units of the best value's size; above 0. Default 3 */
  readonly factor?: number
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others' */
  readonly mode?: Direction | 'auto'
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

const schema = v.strictObject({ factor: v.optional(above(0), 3), mode, onMissing })

/**
 * Fires when a metric (or any signal) is not finite, or is worse than its best value by more than `factor` times that
 * value's size: with factor 3 a loss that was 0.5 diverges above 2.
 * @category triggers
 * @example
 * import { whenDiverges } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(whenDiverges('loss', { factor: 3 }), [{ loss: 0.5 }, { loss: 2 }, { loss: 2.5 }, { loss: NaN }]) // => [2, 3]
 */
export const whenDiverges = <const M extends MetricName>(
  source: M | Signal<M>,
  options: DivergesOptions = {},
): Trigger<M> => {
  const o = parse('whenDiverges', schema, options)
  const signal = toSignal(source, { onMissing: o.onMissing })
  const sign = resolveDirection('whenDiverges', o.mode, metricsOf(signal.spec)) === 'min' ? 1 : -1
  const spec = around('whenDiverges', { ...options }, [signal.spec])
  const limitOf = (best: number): number => best + sign * o.factor * Math.abs(best)
  return make<M>(
    scan<M, JsonNumber | null, Firing>(
      spec,
      signal,
      null,
      undefined,
      (state, observed) => {
        if (!Number.isFinite(observed)) return [{ observed }, state]
        const best = state === null ? observed : decodeNumber(state)
        const limit = limitOf(best)
        const next = encodeNumber(sign * Math.min(sign * best, sign * observed))
        return [sign * (observed - limit) > 0 ? { observed, best, limit } : undefined, next]
      },
      (state) => {
        const metric = calledBy(signal.spec)
        const best = state === null ? null : decodeNumber(state)
        const worse = best === null ? '' : ` ${sign === 1 ? 'above' : 'below'} ${brief(limitOf(best))}, or`
        return [{ by: label(spec), why: { best }, needs: `${metric}${worse} NaN or infinite` }]
      },
    ),
  )
}
