import * as v from 'valibot'
import { decodeNumber, encodeNumber, type JsonNumber } from '../../dsl/Json.js'
import { count, finite, flag, oneOf, text } from '../../dsl/Options.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import { form, worst, watch, type StopVerdict } from '../Dialect.js'
import { breachOf, breachWords, type Breach } from './limits.js'
import { beating, waiting } from '../../operators/internal/words.js'
import { complain, see } from './seen.js'

/** Lightning's own names of what ended training. */
type Reason = Breach | 'PATIENCE_EXHAUSTED'

type State = {
  readonly best: JsonNumber
  readonly bestEpoch: number | null
  readonly wait: number
  readonly reason: Reason | null
  /** the metric as it was last logged */
  readonly last: JsonNumber | null
}

const threshold = v.nullish(v.number(), null)

/**
 * Lightning's EarlyStopping. Four questions in this order: is the metric finite, is it better than the one threshold, is it
 * worse than the other, has it improved? All compare strictly and in float32; the first three leave the count alone. Epoch 0
 * may stop, and `minDelta` keeps its sign.
 */
export const lightningEarlyStopping = form(
  {
    monitor: v.optional(text, 'val_loss'),
    minDelta: v.optional(finite, 0),
    patience: v.optional(count, 3),
    mode: v.optional(oneOf('min', 'max'), 'min'),
    strict: v.optional(flag, true),
    onMissing: v.optional(oneOf('error', 'skip')),
    checkFinite: v.optional(flag, true),
    stoppingThreshold: threshold,
    divergenceThreshold: threshold,
    checkOnTrainEpochEnd: v.nullish(flag, null),
  },
  (o) => {
    const strict = o.onMissing === undefined ? o.strict : o.onMissing === 'error'
    const better = (a: number, b: number): boolean => (o.mode === 'min' ? a < b : a > b)
    const delta = Math.fround(o.mode === 'min' ? -o.minDelta : o.minDelta)
    const limit = (x: number | null): number | null => (x === null ? null : Math.fround(x))
    const breach = breachOf({
      ...o,
      stoppingThreshold: limit(o.stoppingThreshold),
      divergenceThreshold: limit(o.divergenceThreshold),
    })

    const judge = (state: State, value: number, epoch: number): State => {
      const stop = (reason: Reason, wait = state.wait): State => ({ ...state, reason, wait })
      const broken = breach(value)
      if (broken !== null) return stop(broken)
      if (better(Math.fround(value - delta), decodeNumber(state.best)))
        return { ...state, best: encodeNumber(value), bestEpoch: epoch, wait: 0, reason: null }
      const wait = state.wait + 1
      return wait >= o.patience ? stop('PATIENCE_EXHAUSTED', wait) : { ...state, wait, reason: null }
    }

    const inspect = ({ best, bestEpoch, wait, reason }: State) => ({
      best: decodeNumber(best),
      bestEpoch,
      wait,
      patience: o.patience,
      ...(reason && { reason }),
    })
    const words = (reason: Reason, { wait }: State, value: number): string =>
      reason === 'PATIENCE_EXHAUSTED'
        ? `${o.monitor} has not improved for ${wait} checks`
        : breachWords(reason, o.monitor, value, o)
    const init: State = { best: encodeNumber(worst(o.mode)), bestEpoch: null, wait: 0, reason: null, last: null }
    return {
      ...(strict && { metrics: [o.monitor] }),
      events: ['EpochEnd'],
      init,
      step: (state: State, event: TrainingEvent): readonly [StopVerdict | null, State] => {
        const last = state.last === null ? null : decodeNumber(state.last)
        const seen = see(event, o.monitor, last, o.checkOnTrainEpochEnd === true)
        if (seen._tag === 'unasked') return [null, state]
        if (seen._tag === 'nothing') return strict ? complain(event, o.monitor) : [null, state]
        const next = { ...judge(state, seen.value, event.epoch), last: encodeNumber(seen.value) }
        if (next.reason === null) return [null, next]
        const stop = words(next.reason, next, seen.value)
        return [{ keep: false, stop, restore: null, why: { observed: seen.value, ...inspect(next) } }, next]
      },
      inspect,
      ...watch(o.monitor, o.mode, {
        wait: Math.max(1, o.patience),
        delta: { kind: 'difference', value: o.minDelta },
        impatient: o.checkFinite || o.stoppingThreshold !== null || o.divergenceThreshold !== null,
      }),
      needs: ({ best, wait }: State) =>
        waiting(wait, Math.max(1, o.patience), `${o.monitor} ${beating(o.mode, o.minDelta)(decodeNumber(best))}`),
    }
  },
)
