import * as v from 'valibot'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import { atLeast, count, finite, lessThan, oneOf } from '../dsl/Options.js'
import { atEpochEnds, form, worst, watch, type CutVerdict, type Dialect } from './Dialect.js'
import { beating, counted, waiting } from '../operators/internal/words.js'
import { watching } from './keras/words.js'

type State = {
  readonly best: JsonNumber
  readonly bestEpoch: number | null
  readonly wait: number
  readonly cooldown: number
}

/**
 * PyTorch's ReduceLROnPlateau: it cuts when more than `patience` epochs were bad, the threshold is a fraction of the best
 * value (so a best value below 0 lets slightly worse ones count as better), and the rest after a cut begins even if the cut
 * was too small to be made.
 */
const plateau = form(
  {
    ...watching,
    mode: v.optional(oneOf('min', 'max'), 'min'),
    factor: v.optional(lessThan(1), 0.1),
    patience: v.optional(count, 10),
    threshold: v.optional(finite, 1e-4),
    thresholdMode: v.optional(oneOf('rel', 'abs'), 'rel'),
    cooldown: v.optional(count, 0),
    minLr: v.optional(atLeast(0), 0),
    eps: v.optional(finite, 1e-8),
  },
  (o) => {
    const missing = o.onMissing ?? 'error'
    const margin = o.mode === 'min' ? -o.threshold : o.threshold
    const isBetter = (value: number, best: number): boolean => {
      // written as PyTorch does: infinity times 0 is NaN, and then nothing is better
      const limit = o.thresholdMode === 'rel' ? best * (1 + margin) : best + margin
      return o.mode === 'min' ? value < limit : value > limit
    }
    const init: State = { best: encodeNumber(worst(o.mode)), bestEpoch: null, wait: 0, cooldown: 0 }
    const inspect = ({ best, bestEpoch, wait, cooldown }: State) => ({
      best: decodeNumber(best),
      bestEpoch,
      wait,
      patience: o.patience,
      cooldown,
    })
    return {
      init,
      inspect,
      ...watch(o.monitor, o.mode, {
        wait: o.patience + 1,
        delta: { kind: o.thresholdMode === 'rel' ? 'fraction' : 'difference', value: o.threshold },
      }),
      needs: ({ best, wait, cooldown }: State) => {
        if (cooldown > 0) return `rests for ${counted(cooldown, 'more epoch')}`
        const held = decodeNumber(best)
        const limit = o.thresholdMode === 'rel' ? held * (1 + margin) : held + margin
        return waiting(wait, o.patience + 1, `${o.monitor} ${beating(o.mode, 0)(limit)}`)
      },
      ...atEpochEnds(o.monitor, missing, (state: State, value, event): readonly [CutVerdict | null, State] => {
        const better = isBetter(value, decodeNumber(state.best))
        const counted: State = better
          ? { ...state, best: encodeNumber(value), bestEpoch: event.epoch, wait: 0 }
          : { ...state, wait: state.wait + 1 }
        const next: State = counted.cooldown > 0 ? { ...counted, cooldown: counted.cooldown - 1, wait: 0 } : counted
        if (next.wait <= o.patience) return [null, next]
        const rested: State = { ...next, cooldown: o.cooldown, wait: 0 }
        const rate = Math.max(event.lr * o.factor, o.minLr)
        if (!(event.lr - rate > o.eps)) return [null, rested]
        const why = { observed: value, ...inspect(next) }
        return [{ factor: Math.max(o.factor, 0), min: o.minLr, why }, rested]
      }),
    }
  },
)

/** PyTorch 2.15 to the letter, which has plateaus only; its other schedulers are schedules (`torch`). */
export const torch: Dialect = { name: 'torch', float32: false, reduceLROnPlateau: plateau }
