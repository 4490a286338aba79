import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import type { MetricName } from '../dsl/Metrics.js'
import { above, onMissing, parse } from '../dsl/Options.js'
import { scan, type Signal } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import { excess } from './internal/relative.js'
import { toSignal } from './monitor.js'
import * as v from 'valibot'

export interface GeneralizationLossOptions {
  /** how many percent above its least value the error may be; above 0. Default 2 */
  readonly alpha?: number
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

const schema = v.strictObject({ alpha: v.optional(above(0), 2), onMissing })

/** The least number so far; NaN is never the least. */
export const leastOf = (least: JsonNumber | null, value: number): number => {
  const before = least === null ? value : decodeNumber(least)
  return value < before || Number.isNaN(before) ? value : before
}

/** Prechelt's generalization loss, in percent. */
export const generalizationLoss = (error: number, least: number): number => 100 * excess(error, least)

/**
 * Fires while an error (default `val_loss`) lies more than `alpha` percent above its least value so far: Prechelt's GL. The
 * metric is one that should fall. NaN is never the least and never fires.
 * @category triggers
 * @see Prechelt 1998, Early Stopping — But When? (GL)
 * @example
 * import { whenGeneralizationLoss } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * const rows = [1, 0.5, 0.51, 0.53].map((val_loss) => ({ val_loss }))
 * firings(whenGeneralizationLoss('val_loss', { alpha: 5 }), rows) // => [3]
 */
export const whenGeneralizationLoss = <const M extends MetricName = 'val_loss'>(
  source?: M | Signal<M>,
  options: GeneralizationLossOptions = {},
): Trigger<NoInfer<M>> => {
  const { alpha, onMissing } = parse('whenGeneralizationLoss', schema, options)
  const signal = toSignal<M>(source ?? ('val_loss' as M), { onMissing })
  return make<M>(
    scan<M, JsonNumber | null, Firing>(
      around('whenGeneralizationLoss', { ...options }, [signal.spec]),
      signal,
      null,
      undefined,
      (state, observed) => {
        if (Number.isNaN(observed)) return [undefined, state]
        const best = leastOf(state, observed)
        const GL = generalizationLoss(observed, best)
        return [GL > alpha ? { observed, best, GL, alpha } : undefined, encodeNumber(best)]
      },
    ),
  )
}
