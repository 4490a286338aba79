import * as v from 'valibot'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import { atLeast, flag, oneOf, positive } from '../dsl/Options.js'
import { atEpochEnds, form, watch, type Dialect, type StopVerdict } from './Dialect.js'
import { beating, waiting } from '../operators/internal/words.js'
import { watching } from './keras/words.js'

type State = { readonly best: JsonNumber | null; readonly bestEpoch: number | null; readonly wait: number }

/** Python's max and min of two: the first, unless the second is beyond it; with NaN the first. */
const further = (mode: 'min' | 'max', a: number, b: number): number => ((mode === 'max' ? b > a : b < a) ? b : a)

/**
 * Ignite's EarlyStopping. It asks whether the score is no better, so NaN, of which that is never true, counts as an
 * improvement and becomes the best. Unless `cumulative`, small gains move the best value without ending the waiting.
 */
const earlyStopping = form(
  {
    ...watching,
    patience: positive,
    threshold: v.optional(atLeast(0), 0),
    thresholdMode: v.optional(oneOf('abs', 'rel'), 'abs'),
    cumulative: v.optional(flag, false),
    mode: v.optional(oneOf('min', 'max'), 'max'),
    score: v.optional(oneOf('value', '-value'), 'value'),
  },
  (o) => {
    const missing = o.onMissing ?? 'error'
    const margin = o.mode === 'min' ? -o.threshold : o.threshold
    const inspect = ({ best, bestEpoch, wait }: State) => ({
      best: best === null ? null : decodeNumber(best),
      bestEpoch,
      wait,
      patience: o.patience,
    })
    const limitOf = (best: number): number => (o.thresholdMode === 'abs' ? best + margin : best * (1 + margin))
    const judge = (state: State, score: number, epoch: number): State => {
      if (state.best === null) return { ...state, best: encodeNumber(score), bestEpoch: epoch }
      const best = decodeNumber(state.best)
      const limit = limitOf(best)
      const noBetter = o.mode === 'max' ? score <= limit : score >= limit
      if (!noBetter) return { best: encodeNumber(score), bestEpoch: epoch, wait: 0 }
      const wait = state.wait + 1
      const moved = o.cumulative ? best : further(o.mode, score, best)
      return moved === best ? { ...state, wait } : { best: encodeNumber(moved), bestEpoch: epoch, wait }
    }
    const init: State = { best: null, bestEpoch: null, wait: 0 }
    // what the score is made of turns the metric's direction round
    const rises = (o.mode === 'max') === (o.score === 'value')
    return {
      init,
      inspect,
      ...watch(o.monitor, rises ? 'max' : 'min', {
        wait: o.patience,
        delta: { kind: o.thresholdMode === 'rel' ? 'fraction' : 'difference', value: o.threshold },
      }),
      needs: ({ best, wait }: State) => {
        const score = o.score === 'value' ? o.monitor : `-${o.monitor}`
        const improvement =
          best === null ? `any ${score}` : `${score} ${beating(o.mode, 0)(limitOf(decodeNumber(best)))}`
        return waiting(wait, o.patience, improvement)
      },
      ...atEpochEnds(o.monitor, missing, (state: State, value, event): readonly [StopVerdict | null, State] => {
        const next = judge(state, o.score === 'value' ? value : -value, event.epoch)
        if (next.wait === 0 || next.wait < o.patience) return [null, next]
        const stop = `${o.monitor} has not improved for ${next.wait} evaluations`
        return [{ keep: false, stop, restore: null, why: { observed: value, ...inspect(next) } }, next]
      }),
    }
  },
)

/** pytorch-ignite 0.5.5 to the letter. */
export const ignite: Dialect = { name: 'ignite', float32: false, earlyStopping }
