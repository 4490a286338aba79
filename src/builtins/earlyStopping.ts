import { log, none, restoreWeights, snapshotWeights, stopTraining, type Command } from '../dsl/Command.js'
import type { Direction, MetricName } from '../dsl/Metrics.js'
import { mustBeOptions } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { draw } from '../dsl/Spec.js'
import { judge } from '../dialects/judge.js'
import type { DialectName } from '../dialects/index.js'
import type { StopVerdict } from '../dialects/Dialect.js'
import { judged } from './internal/judged.js'

export interface EarlyStoppingOptions<M extends string = string> {
  /** metric to watch at the end of each epoch. Default 'val_loss' */
  readonly monitor?: M
  /** an improvement must be more than this (its sign is ignored, but not in Lightning). Default 0 */
  readonly minDelta?: number
  /** epochs without improvement after which training stops; 0 counts as 1. Default 0 (Lightning 3, HF 1; Ignite has none) */
  readonly patience?: number
  /** 1: say when it stops, and which epoch's weights come back. Default 0 */
  readonly verbose?: 0 | 1
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others. Lightning: default 'min'; Ignite: 'max' */
  readonly mode?: Direction | 'auto'
  /** an improvement that doesn't beat this doesn't end the waiting */
  readonly baseline?: number | null
  /** put the best epoch's weights back when training ends, whatever ended it. Default false */
  readonly restoreBestWeights?: boolean
  /** 0-based epoch to begin at; earlier ones are ignored. Default 0 */
  readonly startFromEpoch?: number
  /** whose rules: 'rxfit' (default) is Keras 3 with its bugs mended */
  readonly dialect?: DialectName
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'

  /** lightning: fail when the metric isn't there. Default true */
  readonly strict?: boolean
  /** lightning: stop at once when the metric is NaN or infinite. Default true */
  readonly checkFinite?: boolean
  /** lightning: stop as soon as the metric is better than this */
  readonly stoppingThreshold?: number | null
  /** lightning: stop as soon as the metric is worse than this */
  readonly divergenceThreshold?: number | null
  /** lightning: look at the end of each training epoch, also where no validation was due (the old value counts again) */
  readonly checkOnTrainEpochEnd?: boolean | null

  /** hf, ignite: an improvement must be more than this. Default 0 */
  readonly threshold?: number
  /** ignite: whether the threshold is a difference ('abs', default) or a fraction of the best ('rel') */
  readonly thresholdMode?: 'abs' | 'rel'
  /** ignite: small gains add up until they pass the threshold. Default false: each moves the best value */
  readonly cumulative?: boolean
  /** ignite: what the score is made of, since its default mode is 'max'. Default 'value' */
  readonly score?: 'value' | '-value'
}

const by = 'earlyStopping'

const restore = (slot: string, epoch: number, verbose: boolean): ReadonlyArray<Command> => [
  ...(verbose ? [{ by, ...log(`Restoring model weights from the end of the best epoch: ${epoch + 1}.`) }] : none),
  { by, ...restoreWeights(slot, epoch) },
]

const regret = (epoch: number): Command => ({
  by,
  ...log(
    `the best epoch (${epoch + 1}) was before the resume: its weights are not in memory and are not put back`,
    'warning',
  ),
})

const obey = (
  slot: string,
  { keep, stop, restore: epoch, lost, why }: StopVerdict,
  at: number,
  verbose: boolean,
): ReadonlyArray<Command> => [
  ...(keep ? [{ by, why, ...snapshotWeights(slot) }] : none),
  ...(stop !== null && verbose ? [{ by, ...log(`Epoch ${at + 1}: early stopping`) }] : none),
  ...(epoch === null ? none : restore(slot, epoch, verbose)),
  ...(lost === undefined ? none : [regret(lost)]),
  ...(stop === null ? none : [{ by, why, ...stopTraining(stop) }]),
]

/**
 * Stops training when a metric has stopped improving, and can put the best weights back. Keras 3's EarlyStopping with all its
 * parameters: an epoch counts as better when it beats the best by more than `minDelta`; after `patience` epochs that don't,
 * training stops, though never in epoch 0. Epochs in which the metric wasn't measured are not counted. Weights come back at
 * the end of training even if something else ended it; they are kept in memory, so after a resume only those of epochs since
 * then, and a warning says so where the best was before. Another `dialect` brings its own rules, defaults and options.
 * @category builtins
 * @see https://keras.io/api/callbacks/early_stopping/
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const log = fromEpochs([5, 4, 4, 4, 3].map((val_loss) => ({ val_loss })))
 * const { outcome } = replay(earlyStopping({ patience: 2, restoreBestWeights: true }), log)
 * outcome.stoppedEpoch // => 3
 * outcome.restoredEpoch // => 1
 */
export const earlyStopping = <const M extends MetricName = 'val_loss'>(
  options: EarlyStoppingOptions<M> = {},
): Policy<NoInfer<M>> => {
  mustBeOptions('earlyStopping', options)
  const { verbose, judge: decide } = judge('earlyStopping', options)
  // two that differ keep different weights
  const slot = draw({ kind: by, options: { ...options }, events: [] })
  return judged(by, { ...options }, decide, (verdict, event) => obey(slot, verdict, event.epoch, verbose), {
    ignoresRate: true,
  })
}
