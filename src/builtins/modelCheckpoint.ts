import { deleteModel, log, none, saveModel, type Command, type SaveWhat } from '../dsl/Command.js'
import type { Duration } from '../dsl/Duration.js'
import type { Direction, MetricName } from '../dsl/Metrics.js'
import { mustBeOptions, OptionError } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import type { SaveVerdict } from '../dialects/Dialect.js'
import { judge } from '../dialects/judge.js'
import { judged } from './internal/judged.js'
import type { DialectName } from '../dialects/index.js'

export interface ModelCheckpointOptions<M extends string = string> {
  /** where to save; `{epoch:02d}` (from 1), `{batch}` and `{metric:.2f}` are filled in by Python's format rules */
  readonly filepath: string
  /** metric that says which epoch is best; read with `saveBestOnly`. Default 'val_loss' */
  readonly monitor?: M | null
  /** 1: say each save. Default 0 */
  readonly verbose?: 0 | 1
  /** save only when the metric is better than it ever was. Default false */
  readonly saveBestOnly?: boolean
  /** save the weights without the model's topology. Default false */
  readonly saveWeightsOnly?: boolean
  /** 'model', 'weights', or 'checkpoint': the model with all that training goes on from (`loadCheckpoint`). Default 'model' */
  readonly what?: SaveWhat
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others' */
  readonly mode?: Direction | 'auto'
  /** 'epoch' (default); a number of batches, counted over all epochs; or a time by the events' clock: '10 minutes', '00:01:30:00' */
  readonly saveFreq?: 'epoch' | number | (string & {})
  /** a value already reached, which the first must beat */
  readonly initialValueThreshold?: number | null
  /** whose rules: 'rxfit' (default) is Keras 3 with its bugs mended */
  readonly dialect?: DialectName
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'

  /** lightning: how many of the best are kept; -1 all, 0 none. Default 1 */
  readonly saveTopK?: number
  /** lightning: also keep the newest as `last`; 'link': as a link to the file just saved. Default false */
  readonly saveLast?: boolean | 'link'
  /** lightning: save at the end of every n-th epoch; 0 never. Default 1, or 0 beside the next two */
  readonly everyNEpochs?: number | null
  /** lightning: save at the end of every n-th batch, counted over all epochs; 0 never. Default 0 */
  readonly everyNTrainSteps?: number | null
  /** lightning: save at the end of the batch in which that much time has passed since the last such save */
  readonly trainTimeInterval?: Duration | null
  /** lightning: write `{epoch}` as `epoch=0`. Default true */
  readonly autoInsertMetricName?: boolean
  /** lightning: save at the end of each training epoch, also where no validation was due (the old value counts again) */
  readonly saveOnTrainEpochEnd?: boolean | null
  /** lightning: where the file exists, append `-v1`, `-v2` … Default true */
  readonly enableVersionCounter?: boolean
}

/** The metric that it needs: the one that was named, or the default where it is asked which epoch is best. */
export type BestOf<M extends string, B extends boolean> = [M] extends [never]
  ? B extends true
    ? 'val_loss'
    : never
  : M

const by = 'modelCheckpoint'

/** Keras' flag and our option say the same; they must not contradict each other. */
const kindOf = ({ saveWeightsOnly: weightsOnly = false, ...given }: ModelCheckpointOptions): SaveWhat => {
  const { what = weightsOnly ? 'weights' : 'model' } = given
  if (!weightsOnly || what === 'weights') return what
  throw new OptionError([
    { path: `${by}.what`, message: `is '${what}', and saveWeightsOnly is true: give one of them` },
  ])
}

/**
 * Saves the model, or its weights, at the end of each epoch or every `saveFreq` batches; with `saveBestOnly` only when the
 * metric is strictly better than ever. Keras 3's ModelCheckpoint with all its parameters. Another `dialect` brings its own
 * rules, defaults and options.
 * @category builtins
 * @see https://keras.io/api/callbacks/model_checkpoint/
 * @example
 * import { modelCheckpoint } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const policy = modelCheckpoint({ filepath: 'ckpt/{epoch:02d}-{val_loss:.2f}', saveBestOnly: true })
 * const { saves } = replay(policy, fromEpochs([{ val_loss: 2 }, { val_loss: 3 }, { val_loss: 1 }])).outcome
 * saves.map((save) => save.path) // => ['ckpt/01-2.00', 'ckpt/03-1.00']
 */
export const modelCheckpoint = <const M extends MetricName = never, const B extends boolean = false>(
  options: ModelCheckpointOptions<M> & { readonly saveBestOnly?: B },
): Policy<BestOf<M, B>> => {
  mustBeOptions('modelCheckpoint', options)
  const { verbose, judge: decide } = judge('modelCheckpoint', options)
  const what = kindOf(options)
  const obey = ({ saves, removes }: SaveVerdict, epoch: number): ReadonlyArray<Command> => [
    ...saves.flatMap(({ path, note, why, sameAs }): ReadonlyArray<Command> => {
      const said = verbose ? [{ by, ...log(`Epoch ${epoch + 1}: ${note}saving model to ${path}`) }] : none
      return [
        ...said,
        { by, ...(why && { why }), ...saveModel(path, { what }), ...(sameAs !== undefined && { sameAs }) },
      ]
    }),
    ...removes.map((path): Command => ({ by, ...deleteModel(path) })),
  ]
  return judged(by, { ...options }, decide, (verdict, event) => obey(verdict, event.epoch))
}
