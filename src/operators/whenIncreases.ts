import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import type { MetricName } from '../dsl/Metrics.js'
import { onMissing, parse, positive } from '../dsl/Options.js'
import { scan, type Signal } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import { toSignal } from './monitor.js'
import * as v from 'valibot'

export interface IncreasesOptions {
  /** strips in a row in which the error must have grown; from 1. Default 5 */
  readonly s?: number
  /** strip length in observations: each strip's last value is compared with the last one of the strip before. Default 5 */
  readonly k?: number
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

const schema = v.strictObject({ s: v.optional(positive, 5), k: v.optional(positive, 5), onMissing })

type State = { readonly seen: number; readonly before: JsonNumber | null; readonly increases: number }

/**
 * Fires when an error (default `val_loss`) has grown over `s` strips in a row, whatever its size: Prechelt's UP. With `k: 1`
 * every observation is compared with the one before, which is EarlyStopping.jl's Patience. NaN ends the row.
 * @category triggers
 * @see Prechelt 1998, Early Stopping — But When? (UP)
 * @example
 * import { whenIncreases } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * const rows = [1, 2, 1, 2, 3].map((val_loss) => ({ val_loss }))
 * firings(whenIncreases('val_loss', { s: 2, k: 1 }), rows) // => [4]
 */
export const whenIncreases = <const M extends MetricName = 'val_loss'>(
  source?: M | Signal<M>,
  options: IncreasesOptions = {},
): Trigger<NoInfer<M>> => {
  const { s, k, onMissing } = parse('whenIncreases', schema, options)
  const signal = toSignal<M>(source ?? ('val_loss' as M), { onMissing })
  return make<M>(
    scan<M, State, Firing>(
      around('whenIncreases', { ...options }, [signal.spec]),
      signal,
      { seen: 0, before: null, increases: 0 },
      undefined,
      (state, observed) => {
        const seen = state.seen + 1
        if (seen % k !== 0) return [undefined, { ...state, seen }]
        const before = state.before === null ? null : decodeNumber(state.before)
        const increases = before !== null && observed > before ? state.increases + 1 : 0
        const fires = before !== null && increases >= s
        return [
          fires ? { observed, before, increases, s } : undefined,
          { seen, before: encodeNumber(observed), increases },
        ]
      },
      ({ increases }) => [{ by: 'whenIncreases', why: { increases, s } }],
    ),
  )
}
