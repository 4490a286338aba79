import * as v from 'valibot'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import { read } from '../dsl/Metrics.js'
import { count, finite, flag } from '../dsl/Options.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { form, worst, watch, type Dialect, type StopVerdict } from './Dialect.js'
import { beating, waiting } from '../operators/internal/words.js'
import { kerasMode, watching } from './keras/words.js'

type State = {
  /** the Trainer's, which follows every improvement; null before the first evaluation */
  readonly best: JsonNumber | null
  readonly bestEpoch: number | null
  readonly wait: number
  /** whether a fit kept the best weights that this one goes on from: kept weights are in memory only */
  readonly lost: boolean
}

/**
 * EarlyStoppingCallback of transformers. The callback counts evaluations that don't beat the best by more than the threshold;
 * the best itself is the Trainer's, and moves with every gain however small, so a slow drip stops. It stops at patience 0 in
 * the first evaluation, for the count is 0 then.
 */
const earlyStopping = form(
  {
    ...watching,
    monitor: v.optional(v.pipe(v.string(), v.nonEmpty('must not be empty')), 'eval_loss'),
    patience: v.optional(count, 1),
    threshold: v.optional(finite, 0),
    mode: kerasMode,
    restoreBestWeights: v.optional(flag, false),
  },
  (o) => {
    const missing = o.onMissing ?? 'error'
    // TrainingArguments: greater is better unless the metric's name ends in 'loss'
    const direction = o.mode === 'auto' ? (o.monitor.endsWith('loss') ? 'min' : 'max') : o.mode
    const better = (a: number, b: number): boolean => (direction === 'min' ? a < b : a > b)
    const inspect = ({ best, bestEpoch, wait }: State) => ({
      best: best === null ? null : decodeNumber(best),
      bestEpoch,
      wait,
      patience: o.patience,
    })
    const init: State = { best: null, bestEpoch: null, wait: 0, lost: false }
    return {
      ...(missing === 'error' && { metrics: [o.monitor] }),
      events: o.restoreBestWeights ? ['TrainBegin', 'EpochEnd', 'TrainEnd'] : ['EpochEnd'],
      init,
      step: (state: State, event: TrainingEvent): readonly [StopVerdict | null, State] => {
        if (event._tag === 'TrainBegin') return [null, { ...state, lost: state.bestEpoch !== null }]
        if (event._tag === 'TrainEnd') {
          if (state.bestEpoch === null) return [null, state]
          const putBack = state.lost ? { restore: null, lost: state.bestEpoch } : { restore: state.bestEpoch }
          return [{ keep: false, stop: null, ...putBack, why: {} }, state]
        }
        const value = read(event, o.monitor, missing)
        if (value === undefined) return [null, state]
        const before = state.best === null ? null : decodeNumber(state.best)
        const counts = before === null || (better(value, before) && Math.abs(value - before) > o.threshold)
        const wait = counts ? 0 : state.wait + 1
        // the Trainer records its best after the callback has looked
        const held = before ?? worst(direction)
        const isBest = better(value, held)
        const next: State = isBest
          ? { best: encodeNumber(value), bestEpoch: event.epoch, wait, lost: false }
          : { ...state, best: encodeNumber(held), wait }
        const keep = isBest && o.restoreBestWeights
        const stop = wait >= o.patience ? `${o.monitor} has not improved for ${wait} evaluations` : null
        if (!keep && stop === null) return [null, next]
        return [{ keep, stop, restore: null, why: { observed: value, ...inspect(next) } }, next]
      },
      inspect,
      ...watch(o.monitor, direction, {
        wait: o.patience,
        delta: { kind: 'difference', value: o.threshold },
      }),
      needs: ({ best, wait }: State) =>
        waiting(
          wait,
          Math.max(1, o.patience),
          best === null ? `any ${o.monitor}` : `${o.monitor} ${beating(direction, o.threshold)(decodeNumber(best))}`,
        ),
    }
  },
)

/** transformers 5.23 to the letter. */
export const hf: Dialect = { name: 'hf', float32: false, earlyStopping }
