import { log, type Command } from '../dsl/Command.js'
import type { Direction, MetricName } from '../dsl/Metrics.js'
import { mustBeOptions } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import type { CutVerdict } from '../dialects/Dialect.js'
import { judge } from '../dialects/judge.js'
import { judged } from './internal/judged.js'
import type { DialectName } from '../dialects/index.js'

export interface ReduceLROnPlateauOptions<M extends string = string> {
  /** metric to watch at the end of each epoch. Default 'val_loss' */
  readonly monitor?: M
  /** what the learning rate is multiplied by; below 1. Default 0.1 */
  readonly factor?: number
  /** epochs without improvement until a cut; 0 counts as 1. Default 10. torch: a cut comes one epoch later */
  readonly patience?: number
  /** 1: say each cut. Default 0 */
  readonly verbose?: 0 | 1
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others. torch: default 'min'; optax: none */
  readonly mode?: Direction | 'auto'
  /** an improvement must be more than this. Default 1e-4 */
  readonly minDelta?: number
  /** epochs after a cut in which nothing is counted; 0 and 1 are the same, as in Keras (not in torch and optax). Default 0 */
  readonly cooldown?: number
  /** the rate is never cut below this. Default 0 */
  readonly minLr?: number
  /** whose rules: 'rxfit' (default) is Keras 3 with its bugs mended */
  readonly dialect?: DialectName
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'

  /** torch: an improvement must be more than this. Default 1e-4 */
  readonly threshold?: number
  /** torch: whether the threshold is a fraction of the best ('rel', default) or a difference ('abs') */
  readonly thresholdMode?: 'rel' | 'abs'
  /** torch: a cut of no more than this is left out. Default 1e-8 */
  readonly eps?: number

  /** optax: relative tolerance. Default 1e-4 */
  readonly rtol?: number
  /** optax: absolute tolerance. Default 0 */
  readonly atol?: number
  /** optax: values that are averaged before one is judged. Default 1 */
  readonly accumulationSize?: number
  /** optax: least product of all cuts. Default 0 */
  readonly minScale?: number
}

const by = 'reduceLROnPlateau'

/**
 * Cuts the learning rate by `factor` when a metric has stopped improving. Keras 3's ReduceLROnPlateau with all its
 * parameters, and it composes with a schedule: the cut multiplies what the schedule says, where Keras refuses. Another
 * `dialect` brings its own rules, defaults and options.
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
): Policy<NoInfer<M>> => {
  mustBeOptions('reduceLROnPlateau', options)
  const { dialect, verbose, judge: decide } = judge('reduceLROnPlateau', options)
  const float32 = dialect.float32 ? { float32: true as const } : {}
  const obey = ({ factor, min, why }: CutVerdict, event: TrainingEvent): ReadonlyArray<Command> => {
    const cut: Command = { _tag: 'ScaleLearningRate', factor, min, ...float32, by, why }
    if (!verbose) return [cut]
    const rate = Math.max(event.lr * factor, min)
    return [{ by, ...log(`Epoch ${event.epoch + 1}: ${by} reducing learning rate to ${rate}.`) }, cut]
  }
  return judged(by, { ...options }, decide, obey, { learningRate: 'scales' })
}
