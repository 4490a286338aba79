import type { Direction, MetricName } from '../dsl/Metrics.js'
import { parse } from '../dsl/Options.js'
import { scan, type Signal } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import {
  advance,
  begin,
  betterThan,
  calledBy,
  insight,
  metricsOf,
  reasons,
  resolveDirection,
  type Progress,
  type Rule,
} from './internal/progress.js'
import { plateauSchema } from './internal/plateauSchema.js'
import { beating } from './internal/words.js'
import { toSignal } from './monitor.js'

export interface PlateauOptions {
  /** observations without improvement until it fires; 0 counts as 1. Default 1 */
  readonly patience?: number
  /** an improvement must be more than this; 0 or more. Default 0 */
  readonly minDelta?: number
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others' */
  readonly mode?: Direction | 'auto'
  /** observations after firing in which nothing is counted; as in Keras 0 and 1 are the same. Default 0 */
  readonly cooldown?: number
  /** an improvement that doesn't beat this doesn't end the waiting */
  readonly baseline?: number
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

/**
 * Fires when a metric (or any signal) has not improved for `patience` observations, and again after each further `patience`.
 * The rule is Keras 3's: better means better than the best by more than `minDelta`, so slow gains below it add up; NaN is
 * never best, where Keras lets a first NaN win for ever.
 * @category triggers
 * @example
 * import { whenPlateau } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(whenPlateau('loss', { patience: 2 }), [{ loss: 1 }, { loss: 1 }, { loss: 1 }, { loss: 1 }, { loss: 1 }]) // => [2, 4]
 */
export const whenPlateau = <const M extends MetricName>(
  source: M | Signal<M>,
  options: PlateauOptions = {},
): Trigger<M> => {
  const o = parse('whenPlateau', plateauSchema, options)
  const signal = toSignal(source, { onMissing: o.onMissing })
  const direction = resolveDirection('whenPlateau', o.mode, metricsOf(signal.spec))
  const rule: Rule = {
    improves: betterThan(direction, o.minDelta),
    beating: beating(direction, o.minDelta),
    start: null,
    nanCanBeBest: false,
    patience: o.patience,
    cooldown: o.cooldown,
    baseline: o.baseline ?? null,
    earliest: 0,
    repeats: true,
  }
  return make<M>(
    scan<M, Progress, Firing>(
      around('whenPlateau', { ...options }, [signal.spec]),
      signal,
      begin(rule),
      undefined,
      (state, value, event) => {
        const next = advance(rule, state, value, event.epoch, true)
        return [next.is === 'plateau' ? reasons(rule, next, value) : undefined, next]
      },
      (state) => [
        insight(
          `whenPlateau(${signal.spec.metrics?.join(', ') ?? signal.spec.kind})`,
          calledBy(signal.spec),
          rule,
          state,
        ),
      ],
    ),
  )
}
