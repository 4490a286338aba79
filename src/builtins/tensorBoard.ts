import * as v from 'valibot'
import {
  keepGradients,
  none,
  startProfile,
  writeEmbeddings,
  writeGraph,
  writeHistogram,
  writeHParams,
  writeHParamsEnd,
  writeImage,
  writeProfile,
  writeScalar,
  type Command,
  type HParam,
} from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { count, finite, flag, parse, such, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { Logs, Params, Tag, TrainingEvent } from '../dsl/TrainingEvent.js'

export interface TensorBoardOptions {
  /** epochs from one set of histograms of the weights to the next; 0 writes none. Default 0 */
  readonly histogramFreq?: number
  /** write histograms of the gradients too, at the epochs of `histogramFreq`. Default false */
  readonly writeGrads?: boolean
  /** write the graph of the model's layers. Default true */
  readonly writeGraph?: boolean
  /** write the weights as images too, at the epochs of `histogramFreq`. Default false */
  readonly writeImages?: boolean
  /** write how many steps a second takes. Default false */
  readonly writeStepsPerSecond?: boolean
  /** 'epoch' (default); 'batch', or a number of batches, write the batches' logs as well */
  readonly updateFreq?: 'epoch' | 'batch' | number
  /** the batch, counted from 1, whose operations are timed; or the first and the last of several. 0 times none. Default 0 */
  readonly profileBatch?: number | readonly [first: number, last: number]
  /** epochs from one look at the Embedding layers' vectors to the next; 0 writes none. Default 0 */
  readonly embeddingsFreq?: number
  /** the file of labels for them, seen from `logDir`: one for all, or one for each layer by its name */
  readonly embeddingsMetadata?: string | Readonly<Record<string, string>>
  /** what this run is compared by with others, in the table of hyperparameters. Default: it isn't */
  readonly hparams?: Readonly<Record<string, HParam>>
}

const isCount = (x: unknown, least: number): x is number => Number.isSafeInteger(x) && (x as number) >= least

export const tensorBoardSchema = v.strictObject({
  logDir: text,
  histogramFreq: v.optional(count, 0),
  writeGrads: v.optional(flag, false),
  writeGraph: v.optional(flag, true),
  writeImages: v.optional(flag, false),
  writeStepsPerSecond: v.optional(flag, false),
  updateFreq: v.optional(
    such<'epoch' | 'batch' | number>(
      (x) => x === 'epoch' || x === 'batch' || (Number.isSafeInteger(x) && (x as number) >= 1),
      "must be 'epoch', 'batch' or a number of batches, from 1",
    ),
    'epoch',
  ),
  profileBatch: v.optional(
    such<number | readonly [number, number]>(
      (x) => isCount(x, 0) || (Array.isArray(x) && x.length === 2 && isCount(x[0], 1) && isCount(x[1], x[0])),
      'must be the number of a batch, from 1, or of the first and the last of several; 0 for none',
    ),
    0,
  ),
  embeddingsFreq: v.optional(count, 0),
  embeddingsMetadata: v.optional(v.union([text, v.record(v.string(), text)])),
  hparams: v.optional(v.record(v.string(), v.union([finite, v.string(), flag]))),
})

/** When the epoch and the batch under way began, in milliseconds, the step at which the epoch did, and whether operations are timed. */
type Begun = {
  readonly epochAt: number
  readonly epochStep: number
  readonly batchAt: number
  readonly profiling: boolean
}

const by = 'tensorBoard'
const due = (every: number, epoch: number): boolean => every > 0 && epoch % every === 0
const attributed = (commands: ReadonlyArray<Command>): ReadonlyArray<Command> =>
  commands.length === 0 ? none : commands.map((command) => ({ by, ...command }))

const perSecond = (steps: number, from: number, to: number): number => (1000 * steps) / (to - from)

/**
 * Writes event files for TensorBoard into `logDir`, tags, folders and steps as Keras 3's TensorBoard has them: in `train/` `epoch_…`
 * of each metric and the learning rate at each epoch, in `validation/` the same of `val_…`, and `evaluation_…_vs_iterations` of
 * each validation. With `updateFreq` `batch_…` at every so many steps, counted from 1. Epochs count from 0.
 *
 * Besides what Keras has: histograms of gradients, under `<weight>/gradient`, of the epoch's last step and before clipping, and the
 * table of hyperparameters.
 *
 * Where Keras can't be followed, or needn't: what a profile holds is each operation's time, as a text and a trace; embeddings are
 * written as tables, of the latest epoch only, and not as checkpoints; steps of a run that is resumed go on counting; the rate is that in force during the epoch, whatever is cut at its end; evaluations are always written, and not only when a count of validation batches
 * happens to be a multiple of `updateFreq`; a rate of steps that can't be told, since no time passed, is left out.
 * @category callbacks
 * @throws OptionError for unknown options and values that don't hold
 * @example
 * import { tensorBoard } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const board = tensorBoard('logs', { writeGraph: false })
 * commands(board, [{ loss: 0.5, val_loss: 0.75 }]).map((c) => 'tag' in c && [c.path, c.tag])
 * // => [['logs/train', 'epoch_loss'], ['logs/train', 'epoch_learning_rate'], ['logs/validation', 'epoch_loss']]
 */
export const tensorBoard = (logDir = 'logs', options: TensorBoardOptions = {}): Policy<never> => {
  const given = parse('tensorBoard', tensorBoardSchema, { logDir, ...options })
  const { histogramFreq, writeGrads, writeImages, writeStepsPerSecond, embeddingsFreq, hparams } = given
  const every = given.updateFreq === 'epoch' ? 0 : given.updateFreq === 'batch' ? 1 : given.updateFreq
  const folder = logDir.replace(/[\\/]+$/, '') || logDir
  const [firstProfiled, lastProfiled] =
    typeof given.profileBatch === 'number' ? [given.profileBatch, given.profileBatch] : given.profileBatch
  const [train, validation] = [`${folder}/train`, `${folder}/validation`]
  const scalars = (path: string, logs: Logs, step: number, tagOf: (name: string) => string): ReadonlyArray<Command> =>
    Object.entries(logs).map(([name, value]) => writeScalar(path, tagOf(name), value, step))
  const rate = (steps: number, from: number, to: number): Logs =>
    writeStepsPerSecond && to > from ? { steps_per_second: perSecond(steps, from, to) } : {}

  const epochEnd = ({ epoch, step, at, lr, logs }: TrainingEvent<never>, begun: Begun): ReadonlyArray<Command> => {
    const all = Object.entries(logs as Logs)
    if (all.length === 0) return none
    const own = all.filter(([name]) => !name.startsWith('val_'))
    const validated = all.filter(([name]) => name.startsWith('val_'))
    const trained = {
      ...Object.fromEntries(own),
      learning_rate: lr,
      ...rate(step - begun.epochStep, begun.epochAt, at),
    }
    const weights = due(histogramFreq, epoch)
    return [
      ...scalars(train, trained, epoch, (name) => `epoch_${name}`),
      ...scalars(validation, Object.fromEntries(validated), epoch, (name) => `epoch_${name.slice('val_'.length)}`),
      ...(weights ? [writeHistogram(train, 'histogram', 'weights', epoch)] : []),
      ...(weights && writeGrads ? [writeHistogram(train, 'gradient', 'gradients', epoch)] : []),
      ...(weights && writeImages ? [writeImage(train, 'image', 'weights', epoch)] : []),
      ...(due(embeddingsFreq, epoch) ? [writeEmbeddings(folder, given.embeddingsMetadata)] : []),
    ]
  }
  const batchEnd = ({ step, at, logs }: TrainingEvent<never>, { batchAt }: Begun): ReadonlyArray<Command> =>
    every > 0 && step % every === 0
      ? scalars(train, { ...rate(1, batchAt, at), ...(logs as Logs) }, step, (name) => `batch_${name}`)
      : none

  /** Runs are compared by all that training reports, each where it is written. */
  const compared = ({ metrics }: Params): ReadonlyArray<{ readonly tag: string; readonly group: string }> =>
    metrics.map((name) =>
      name.startsWith('val_')
        ? { tag: `epoch_${name.slice('val_'.length)}`, group: 'validation' }
        : { tag: `epoch_${name}`, group: 'train' },
    )
  const profiled = ({ step }: TrainingEvent<never>): ReadonlyArray<Command> => [writeProfile(train, 'profile', step)]

  const react = (event: TrainingEvent<never>, begun: Begun): ReadonlyArray<Command> => {
    switch (event._tag) {
      case 'TrainBegin':
        return [
          ...(given.writeGraph ? [writeGraph(train)] : []),
          ...(hparams ? [writeHParams(folder, hparams, compared(event.params))] : []),
        ]
      case 'EpochBegin':
        return writeGrads && due(histogramFreq, event.epoch) ? [keepGradients()] : none
      case 'BatchBegin':
        return event.step + 1 === firstProfiled ? [startProfile()] : none
      case 'BatchEnd':
        return [...(begun.profiling && event.step >= lastProfiled ? profiled(event) : []), ...batchEnd(event, begun)]
      case 'TestEnd':
        return scalars(validation, event.logs, event.step, (name) => `evaluation_${name}_vs_iterations`)
      case 'EpochEnd':
        return epochEnd(event, begun)
      case 'TrainEnd':
        return [...(begun.profiling ? profiled(event) : []), ...(hparams ? [writeHParamsEnd(folder)] : [])]
      default:
        return none
    }
  }
  const moved = (event: TrainingEvent<never>, begun: Begun): Begun => {
    switch (event._tag) {
      case 'TrainBegin':
      case 'TrainEnd':
        return begun.profiling ? { ...begun, profiling: false } : begun
      case 'EpochBegin':
        return { ...begun, epochAt: event.at, epochStep: event.step }
      case 'BatchBegin':
        return { ...begun, batchAt: event.at, profiling: begun.profiling || event.step + 1 === firstProfiled }
      case 'BatchEnd':
        return begun.profiling && event.step >= lastProfiled ? { ...begun, profiling: false } : begun
      default:
        return begun
    }
  }
  const [grads, profiles] = [writeGrads && histogramFreq > 0, firstProfiled > 0]
  const events = Object.entries({
    TrainBegin: given.writeGraph || hparams !== undefined || profiles,
    EpochBegin: writeStepsPerSecond || grads,
    BatchBegin: (writeStepsPerSecond && every > 0) || profiles,
    BatchEnd: every > 0 || profiles,
    TestEnd: true,
    EpochEnd: true,
    TrainEnd: hparams !== undefined || profiles,
  } satisfies Partial<Record<Tag, boolean>>).flatMap(([tag, wanted]) => (wanted ? [tag as Tag] : []))
  return make<never>(
    Machine.make(
      { kind: 'tensorBoard', options: { logDir, ...options }, events },
      { epochAt: 0, epochStep: 0, batchAt: 0, profiling: false } satisfies Begun,
      (begun, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, Begun] => [
        attributed(react(event, begun)),
        moved(event, begun),
      ],
    ),
  )
}
