import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import * as Machine from '../dsl/Machine.js'
import type { MetricName } from '../dsl/Metrics.js'
import { above, atLeast, flag, onMissing, parse, whole } from '../dsl/Options.js'
import type { Signal } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import { excess } from './internal/relative.js'
import { toSignal } from './monitor.js'
import { generalizationLoss, leastOf } from './whenGeneralizationLoss.js'
import * as v from 'valibot'

export interface ProgressQuotientOptions {
  /** how large the quotient may be; above 0. Default 0.75 */
  readonly alpha?: number
  /** strip length: training errors that progress is measured over; from 2. Default 5 */
  readonly k?: number
  /** look at the end of every epoch, once there are k training errors, as EarlyStopping.jl does. Default false: at the end of every strip */
  readonly everyEpoch?: boolean
  /** progress that is no more than this counts as none, and fires. Default 2.2e-16 */
  readonly tol?: number
  /** what to do when the run doesn't report a metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

const schema = v.strictObject({
  alpha: v.optional(above(0), 0.75),
  k: v.optional(v.pipe(whole, v.minValue(2, 'must be 2 or more')), 5),
  everyEpoch: v.optional(flag, false),
  tol: v.optional(atLeast(0), Number.EPSILON),
  onMissing,
})

type State = {
  readonly signals: readonly [Machine.State, Machine.State]
  readonly least: JsonNumber | null
  /** the last k training errors */
  readonly training: ReadonlyArray<JsonNumber>
  /** training errors so far */
  readonly seen: number
}

/** Training progress over a strip, in thousandths: how far its mean lies above its least error. */
const progressOf = (strip: ReadonlyArray<number>): number =>
  1000 * excess(strip.reduce((sum, x) => sum + x, 0) / strip.length, Math.min(...strip))

/**
 * Fires when the generalization loss is large for the progress that training still makes: Prechelt's PQ, the generalization
 * loss of the error (default `val_loss`) divided by the progress of the training error (default `loss`) over a strip of `k`
 * epochs. Both metrics should fall. No progress at all fires too. A strip with a NaN never fires.
 * @category triggers
 * @see Prechelt 1998, Early Stopping — But When? (PQ)
 * @example
 * import { whenProgressQuotient } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * const rows = [[4, 4], [2, 2], [1.9, 2.1], [1.8, 2.2]].map(([loss, val_loss]) => ({ loss, val_loss }))
 * firings(whenProgressQuotient('val_loss', 'loss', { k: 2, alpha: 0.3 }), rows) // => [3]
 */
export const whenProgressQuotient = <const M extends MetricName = 'val_loss', const N extends MetricName = 'loss'>(
  source?: M | Signal<M>,
  training?: N | Signal<N>,
  options: ProgressQuotientOptions = {},
): Trigger<NoInfer<M> | NoInfer<N>> => {
  const { alpha, k, everyEpoch, tol, onMissing } = parse('whenProgressQuotient', schema, options)
  const error = toSignal<M>(source ?? ('val_loss' as M), { onMissing })
  const trained = toSignal<N>(training ?? ('loss' as N), { onMissing })

  /** What the errors so far say, at an epoch's end that is looked at. */
  const judge = (observed: number, best: number, strip: ReadonlyArray<JsonNumber>): Firing => {
    const GL = generalizationLoss(observed, best)
    const progress = progressOf(strip.map(decodeNumber))
    const PQ = progress > tol ? GL / progress : Infinity
    // comparisons with NaN are false: it has nothing to say
    return PQ > alpha && !Number.isNaN(progress) ? { observed, best, GL, progress, PQ, alpha } : undefined
  }

  return make<M | N>(
    Machine.madeOf<State, TrainingEvent<M | N>>(({ signals }) => [
      { machine: error, state: signals[0] },
      { machine: trained, state: signals[1] },
    ])(
      Machine.make(
        around('whenProgressQuotient', { ...options }, [error.spec, trained.spec]),
        { signals: [error.init, trained.init], least: null, training: [], seen: 0 },
        (state: State, event: TrainingEvent<M | N>): readonly [Firing, State] => {
          const [observed, nextError] = error.step(state.signals[0], event)
          const [loss, nextTrained] = trained.step(state.signals[1], event)
          const signals = [nextError, nextTrained] as const
          const strip = loss === undefined ? state.training : [...state.training, encodeNumber(loss)].slice(-k)
          const seen = loss === undefined ? state.seen : state.seen + 1
          const next: State = { signals, least: state.least, training: strip, seen }
          if (observed === undefined || Number.isNaN(observed)) return [undefined, next]
          const best = leastOf(state.least, observed)
          const asked = strip.length === k && (everyEpoch || (loss !== undefined && seen % k === 0))
          return [asked ? judge(observed, best, strip) : undefined, { ...next, least: encodeNumber(best) }]
        },
      ),
    ),
  )
}
