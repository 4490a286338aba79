import { log, none, reduceLR, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { read, type Direction, type MetricName } from '../dsl/Metrics.js'
import { atLeast, count, finite, lessThan, mode, oneOf, parse, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { storeLR } from '../dialects/Dialect.js'
import { dialectOf, dialectOption, type DialectName } from '../dialects/index.js'
import {
  advance,
  begin,
  insight,
  reasons,
  resolveDirection,
  type Progress,
  type Rule,
} from '../operators/internal/progress.js'
import * as v from 'valibot'

export interface ReduceLROnPlateauOptions<M extends string = string> {
  /** metric to watch at the end of each epoch. Default 'val_loss' */
  readonly monitor?: M
  /** what the learning rate is multiplied by; below 1. Default 0.1 */
  readonly factor?: number
  /** epochs without improvement until a cut; 0 counts as 1. Default 10 */
  readonly patience?: number
  /** 1: say each cut. Default 0 */
  readonly verbose?: 0 | 1
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others' */
  readonly mode?: Direction | 'auto'
  /** an improvement must be more than this. Default 1e-4 */
  readonly minDelta?: number
  /** epochs after a cut in which nothing is counted; 0 and 1 are the same, as in Keras. Default 0 */
  readonly cooldown?: number
  /** the rate is never cut below this. Default 0 */
  readonly minLr?: number
  /** whose rules: 'rxfit' (default) is Keras 3 with its bugs mended */
  readonly dialect?: DialectName
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

export const reduceLROnPlateauSchema = v.strictObject({
  monitor: v.optional(text, 'val_loss'),
  factor: v.optional(lessThan(1), 0.1),
  patience: v.optional(count, 10),
  verbose: v.optional(v.picklist([0, 1]), 0),
  mode,
  minDelta: v.optional(finite, 1e-4),
  cooldown: v.optional(count, 0),
  minLr: v.optional(atLeast(0), 0),
  dialect: v.optional(dialectOption, 'rxfit'),
  onMissing: v.optional(oneOf('error', 'skip')),
})

const by = 'reduceLROnPlateau'

/**
 * Cuts the learning rate by `factor` when a metric has stopped improving. Keras 3's ReduceLROnPlateau with all its
 * parameters, and it composes with a schedule: the cut multiplies what the schedule says, where Keras refuses.
 * @category builtins
 * @see https://keras.io/api/callbacks/reduce_lr_on_plateau/
 * @example
 * import { reduceLROnPlateau } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const log = fromEpochs([1, 1, 1, 1].map((val_loss) => ({ val_loss })), { learningRate: 0.5 })
 * replay(reduceLROnPlateau({ patience: 2, factor: 0.5 }), log).outcome.learningRates // => [0.5, 0.5, 0.25, 0.25]
 */
export const reduceLROnPlateau = <const M extends MetricName = 'val_loss'>(
  options: ReduceLROnPlateauOptions<M> = {},
): Policy<M> => {
  const o = parse('reduceLROnPlateau', reduceLROnPlateauSchema, options)
  const dialect = dialectOf(o.dialect)
  const rules = dialect.reduceLROnPlateau
  const missing = o.onMissing ?? (dialect.toleratesMissing ? 'skip' : 'error')
  const direction = resolveDirection('reduceLROnPlateau', o.mode, [o.monitor], rules.direction)
  const rule: Rule = {
    ...rules.compare(direction, o.minDelta),
    patience: o.patience,
    cooldown: o.cooldown,
    baseline: null,
    earliest: 0,
    repeats: true,
  }
  const floor = storeLR(dialect, o.minLr)
  return make<M>(
    Machine.make(
      {
        kind: 'reduceLROnPlateau',
        options: { ...options },
        ...(missing === 'error' && { metrics: [o.monitor] }),
        events: ['EpochEnd'],
        learningRate: 'scales',
      },
      begin(rule),
      (state, event: TrainingEvent<M>): readonly [ReadonlyArray<Command>, Progress] => {
        const value = read(event, o.monitor, missing)
        if (value === undefined) return [none, state]
        const next = advance(rule, state, value, event.epoch, event.lr > floor)
        if (next.is !== 'plateau') return [none, next]
        const cut: Command = {
          ...reduceLR(o.factor, { min: o.minLr }),
          ...(dialect.float32 && { float32: true as const }),
          by,
          why: reasons(rule, next, value),
        }
        if (!o.verbose) return [[cut], next]
        const rate = Math.max(event.lr * o.factor, o.minLr)
        return [[{ ...log(`Epoch ${event.epoch + 1}: ${by} reducing learning rate to ${rate}.`), by }, cut], next]
      },
      (state) => [insight(by, rule, state)],
    ),
  )
}
