import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { JsonObject } from './Json.js'
import type { Curves, DrawFunction, DrawingRequest } from './Picture.js'
import type { Decode } from './Text.js'
import type { Logs } from './TrainingEvent.js'

/**
 * What should be done, as data. A policy makes commands and touches nothing; an interpreter carries them out, or only writes
 * them down.
 */

/** The numbers behind a decision: `observed`, `best`, `wait`, `patience`, `threshold` … */
export type Why = Readonly<Record<string, number | string | boolean | null>>

/** Who asked, and on what grounds. `emit` and the builtins fill it in. */
export interface Provenance {
  readonly by?: string
  readonly why?: Why
}

interface Tagged<T extends string> extends Provenance {
  readonly _tag: T
}

export interface StopTraining extends Tagged<'StopTraining'> {
  readonly reason: string
  /** training isn't over: where backups are kept they stay, and the next process goes on */
  readonly pause?: true
}
/** The learning rate becomes this value, times all scales so far. */
export interface SetLearningRate extends Tagged<'SetLearningRate'> {
  readonly value: number
}
/** The learning rate is multiplied, but not below `min`. */
export interface ScaleLearningRate extends Tagged<'ScaleLearningRate'> {
  readonly factor: number
  readonly min: number
  /** keep the result as a float32, as Keras does */
  readonly float32?: true
}
/**
 * What is saved. 'model': topology and weights; 'weights': only those; 'checkpoint': the model, all of the optimizer's state, the
 * learning rate, where training was, and what every policy has in mind.
 */
export type SaveWhat = 'model' | 'weights' | 'checkpoint'
export interface SaveModel extends Tagged<'SaveModel'> {
  readonly path: string
  readonly what: SaveWhat
  /** where the same model was just saved: a link to it will do, where there are links */
  readonly sameAs?: string
}
/**
 * Writes down all that training goes on from, into a folder, once everything else that was asked for at this event is done:
 * a run that ends early is resumed from there.
 */
export interface BackUp extends Tagged<'BackUp'> {
  readonly dir: string
}
export interface DeleteModel extends Tagged<'DeleteModel'> {
  readonly path: string
}
/** Keeps a copy of the weights in memory, in place of the slot's earlier one. */
export interface SnapshotWeights extends Tagged<'SnapshotWeights'> {
  readonly slot: string
}
/** Puts the slot's weights back into the model. */
export interface RestoreWeights extends Tagged<'RestoreWeights'> {
  readonly slot: string
  /** the 0-based epoch they are of */
  readonly epoch: number | null
}
/**
 * Takes the weights into a slot's average: it moves by `share` of the way from where it is to them; 1, or a slot that is empty,
 * replaces it.
 */
export interface AverageWeights extends Tagged<'AverageWeights'> {
  readonly slot: string
  readonly share: number
  /** also average what training doesn't learn by gradients: BatchNorm's moving statistics */
  readonly buffers: boolean
}
/** From now on, and to the end of the fit, a slot holds the exponential moving average of the weights over optimizer steps. */
export interface TrackAverage extends Tagged<'TrackAverage'> {
  readonly slot: string
  /** what the average keeps of itself at an update; the first update is a copy */
  readonly decay: number
  /** steps between updates */
  readonly every: number
  readonly buffers: boolean
  /** every so many steps the average becomes the model's weights; null: never */
  readonly overwriteEvery: number | null
}
/** Exchanges the model's weights for the slot's; a second time brings them back. */
export interface SwapWeights extends Tagged<'SwapWeights'> {
  readonly slot: string
}
/** From now on the optimizer steps once in so many batches, with the mean of their gradients. */
export interface AccumulateGradients extends Tagged<'AccumulateGradients'> {
  readonly batches: number
  /** what is left at the end of an epoch: its own 'mean', or its 'share' of a full round (its sum over `batches`) */
  readonly remainder: 'mean' | 'share'
}
/** How gradients are clipped, each with a limit: Keras' `clipnorm`, `clipvalue` and `global_clipnorm`. */
export type ClippingMode = 'norm' | 'value' | 'global'
/** From now on gradients are clipped before the optimizer gets them; null: no longer in this mode. */
export interface SetGradientClipping extends Tagged<'SetGradientClipping'> {
  readonly mode: ClippingMode
  readonly limit: number | null
}
/** Which norms are told: the one of all gradients together, and with 'layer' or 'weight' those of each besides. */
export type NormsPer = 'global' | 'layer' | 'weight'
/** From now on the norms of gradients are collected under a name, at every so many steps of the optimizer. */
export interface TrackGradientNorms extends Tagged<'TrackGradientNorms'> {
  readonly name: string
  readonly every: number
  readonly per: NormsPer
  /** as the optimizer gets them; otherwise as they are before clipping */
  readonly clipped: boolean
}
/** Tells the means of what was collected under a name, and begins anew; they are in the logs of the epoch's end. */
export interface ReportGradientNorms extends Tagged<'ReportGradientNorms'> {
  readonly name: string
}
/** The latest gradients are kept, until a `WriteHistogram` of them. */
export type KeepGradients = Tagged<'KeepGradients'>
/** Layers stop learning, by name; `*` stands for any characters. */
export interface FreezeLayers extends Tagged<'FreezeLayers'> {
  readonly layers: ReadonlyArray<string>
}
/** Frozen layers learn again. */
export interface UnfreezeLayers extends Tagged<'UnfreezeLayers'> {
  readonly layers: ReadonlyArray<string>
}
/** Sends a text by POST, in the background: training doesn't wait for it. */
export interface HttpPost extends Tagged<'HttpPost'> {
  readonly url: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}
/** A measure by its name (`'rocAuc'`), or with options of its own (`{ precisionAtRecall: { recall: 0.9 } }`). */
export type MetricRequest = string | { readonly [name: string]: JsonObject }
/** Measures the model on other data; what comes of it is an `Evaluated` event, and is in the logs of the epoch's end. */
export interface Evaluate extends Tagged<'Evaluate'> {
  /** of the data: which ones, and whose numbers these are */
  readonly name: string
  /** what its numbers' names begin with */
  readonly prefix: string
  /** besides the loss and the metrics that the model was compiled with */
  readonly metrics: ReadonlyArray<MetricRequest>
  /** rows at a time */
  readonly batchSize: number
  /** where precision-recall curves of the probabilities are written for TensorBoard, and at which step; by tag */
  readonly prCurves?: { readonly path: string; readonly tag: string; readonly step: number }
  /** gives the data, where they aren't given to the fit by name; JSON can't hold it */
  readonly source?: () => unknown
}
/** Lets a decoder write texts by the model, and measures them; what comes of it is an `Evaluated` event with some of the texts. */
export interface CompareTexts extends Tagged<'CompareTexts'> {
  /** of the data: which ones, and whose numbers these are */
  readonly name: string
  /** what its numbers' names begin with */
  readonly prefix: string
  /** the decoder's name */
  readonly decoder: string
  /** texts that are told of, the first */
  readonly show: number
  /** texts at a time */
  readonly batchSize: number
  /** gives the data, where they aren't given to the fit by name; JSON can't hold it */
  readonly source?: () => unknown
  readonly decode?: Decode
}
/** Draws a picture of what the model predicts, or of the run so far, and puts it into files and before TensorBoard. */
export interface Draw extends Tagged<'Draw'> {
  readonly drawing: DrawingRequest
  /** stands above it */
  readonly title: string
  /** of the data that are predicted; null where none are needed */
  readonly name: string | null
  /** rows at a time */
  readonly batchSize: number
  /** the PNG file that it becomes */
  readonly path?: string
  /** the GIF file that it becomes a frame of: which one, from 0, and for how many seconds it is shown */
  readonly gif?: { readonly path: string; readonly frame: number; readonly seconds: number }
  /** the event file that it goes to */
  readonly board?: { readonly path: string; readonly tag: string; readonly step: number }
  /** the run so far, for drawings of it */
  readonly curves?: Curves
  /** gives the data, where they aren't given to the fit by name; JSON can't hold it */
  readonly source?: () => unknown
  /** draws it, where `drawing` only names a function */
  readonly draw?: DrawFunction
}
/** Copies a folder elsewhere by a program of the user's, in the background: training doesn't wait for it. Times in milliseconds. */
export interface SyncDirectory extends Tagged<'SyncDirectory'> {
  readonly path: string
  /** the program and its arguments; no shell reads them */
  readonly argv: ReadonlyArray<string>
  /** that one copy may take */
  readonly timeout: number
  /** tries of one copy */
  readonly attempts: number
  /** before the second try, doubled each time */
  readonly backoff: number
}
/** Appends text to a file. `truncate` empties it first; `header` is written first if the file is empty. */
export interface AppendRow extends Tagged<'AppendRow'> {
  readonly path: string
  readonly row: string
  readonly header?: string
  readonly truncate?: boolean
}
/** Keeps the logs and the learning rate of an epoch, or of a batch, for the result of the fit, under a name. */
export interface Remember extends Tagged<'Remember'> {
  readonly name: string
  readonly epoch: number
  /** 0-based, where they are a batch's */
  readonly batch?: number
  readonly logs: Logs
  readonly lr: number
}
export interface Log extends Tagged<'Log'> {
  readonly level: 'info' | 'warning'
  readonly message: string
}
/** A line that replaces the one before it, until `done`. */
export interface Progress extends Tagged<'Progress'> {
  readonly line: string
  readonly done: boolean
}
interface Summary<T extends string> extends Tagged<T> {
  /** the folder of the event file */
  readonly path: string
  readonly tag: string
  readonly step: number
}
/** Writes a number for TensorBoard, into an event file in the folder `path`. */
export type WriteScalar = Summary<'WriteScalar'> & { readonly value: number }
/**
 * Writes how numbers are spread; 'weights': a histogram of each weight of the model, under `<its name>/<tag>`; 'gradients': of the
 * gradient of each, of those that a `KeepGradients` had kept.
 */
export type WriteHistogram = Summary<'WriteHistogram'> & {
  readonly of: 'weights' | 'gradients' | ReadonlyArray<number>
}
/** Writes an image, the bytes of a PNG file in Base64; 'weights': an image of each weight that can be one, under `<its name>/<tag>`. */
export type WriteImage = Summary<'WriteImage'> & { readonly of: 'weights' | { readonly png: string } }
/** Writes a text in markdown. */
export type WriteText = Summary<'WriteText'> & { readonly text: string }
/** Writes the graph of the model's layers. */
export interface WriteGraph extends Tagged<'WriteGraph'> {
  readonly path: string
  readonly tag: string
}
/** A value that runs are compared by. */
export type HParam = number | string | boolean
/** Writes what this run is compared by in TensorBoard's table of hyperparameters, and by which scalars. */
export interface WriteHParams extends Tagged<'WriteHParams'> {
  readonly path: string
  readonly hparams: Readonly<Record<string, HParam>>
  /** tags of scalars; `group` is the folder below `path` that they are in */
  readonly metrics: ReadonlyArray<{ readonly tag: string; readonly group: string }>
}
/** Writes how the run ended, for that table. */
export interface WriteHParamsEnd extends Tagged<'WriteHParamsEnd'> {
  readonly path: string
  readonly status: 'success' | 'failure'
}
/** Writes the vectors of each Embedding layer for TensorBoard's projector, in place of those that were there. */
export interface WriteEmbeddings extends Tagged<'WriteEmbeddings'> {
  readonly path: string
  /** the file of labels, of all layers or by layer; as the projector sees it, from `path` */
  readonly metadata?: string | Readonly<Record<string, string>>
}
/** From now on operations are timed one by one. */
export type StartProfile = Tagged<'StartProfile'>
/** Ends that, and writes what was timed: a table as a text, and a trace beside the event file. */
export type WriteProfile = Summary<'WriteProfile'>
/** The escape hatch: any effect, under a name. `observes`: its failure need not end the run. */
export interface Run extends Tagged<'Run'> {
  readonly label: string
  readonly task: TaskEither<Error, void>
  readonly observes: boolean
}

/**
 * Every command by its tag. Add your own by declaration merging, and a handler for it to `fit`:
 * `declare module 'rxfit' { interface CommandMap { Page: { readonly _tag: 'Page'; readonly text: string } } }`.
 */
export interface CommandMap {
  readonly StopTraining: StopTraining
  readonly SetLearningRate: SetLearningRate
  readonly ScaleLearningRate: ScaleLearningRate
  readonly SaveModel: SaveModel
  readonly BackUp: BackUp
  readonly DeleteModel: DeleteModel
  readonly SnapshotWeights: SnapshotWeights
  readonly RestoreWeights: RestoreWeights
  readonly AverageWeights: AverageWeights
  readonly TrackAverage: TrackAverage
  readonly SwapWeights: SwapWeights
  readonly AccumulateGradients: AccumulateGradients
  readonly SetGradientClipping: SetGradientClipping
  readonly TrackGradientNorms: TrackGradientNorms
  readonly ReportGradientNorms: ReportGradientNorms
  readonly KeepGradients: KeepGradients
  readonly FreezeLayers: FreezeLayers
  readonly UnfreezeLayers: UnfreezeLayers
  readonly HttpPost: HttpPost
  readonly Evaluate: Evaluate
  readonly CompareTexts: CompareTexts
  readonly SyncDirectory: SyncDirectory
  readonly Draw: Draw
  readonly AppendRow: AppendRow
  readonly Remember: Remember
  readonly Log: Log
  readonly Progress: Progress
  readonly WriteScalar: WriteScalar
  readonly WriteHistogram: WriteHistogram
  readonly WriteImage: WriteImage
  readonly WriteText: WriteText
  readonly WriteGraph: WriteGraph
  readonly WriteHParams: WriteHParams
  readonly WriteHParamsEnd: WriteHParamsEnd
  readonly WriteEmbeddings: WriteEmbeddings
  readonly StartProfile: StartProfile
  readonly WriteProfile: WriteProfile
  readonly Run: Run
}

export type CommandTag = keyof CommandMap
export type Command = CommandMap[CommandTag]

/** Nothing to do; one value, so that quiet steps cost nothing. */
export const none: ReadonlyArray<Command> = []

/**
 * Whether a command changes what training does (stop, learning rate, weights, saving), rather than only observing it.
 * @example
 * import { log, steers, stopTraining } from 'rxfit'
 * steers(stopTraining()) // => true
 * steers(log('hello')) // => false
 */
export const steers = (command: Command): boolean => {
  switch (command._tag) {
    case 'Draw':
    case 'SyncDirectory':
    case 'AppendRow':
    case 'HttpPost':
    case 'Remember':
    case 'Log':
    case 'Progress':
    case 'WriteScalar':
    case 'WriteHistogram':
    case 'WriteImage':
    case 'WriteText':
    case 'WriteGraph':
    case 'WriteHParams':
    case 'WriteHParamsEnd':
    case 'WriteEmbeddings':
    case 'StartProfile':
    case 'WriteProfile':
    case 'KeepGradients':
      return false
    case 'Run':
      return !command.observes
    default:
      return true
  }
}

/**
 * Adds who asked and why, where the command doesn't say.
 * @example
 * import { attribute, setLR } from 'rxfit'
 * attribute(setLR(0.1), 'me') // => { _tag: 'SetLearningRate', value: 0.1, by: 'me' }
 */
export const attribute = (command: Command, by: string, why?: Why): Command =>
  // what is added comes first: behind a spread it would take ten times as long
  why === undefined ? { by, ...command } : { by, why, ...command }

// ---------------------------------------------------------------------------------------------------- constructors

/**
 * Stop training; the reason is kept with the result.
 * @example
 * import { stopTraining } from 'rxfit'
 * stopTraining('no progress') // => { _tag: 'StopTraining', reason: 'no progress' }
 */
export const stopTraining = (reason = 'asked to stop'): StopTraining => ({ _tag: 'StopTraining', reason })

/**
 * Set the learning rate (finite, 0 or more; checked when it is applied).
 * @example
 * import { setLR } from 'rxfit'
 * setLR(0.01) // => { _tag: 'SetLearningRate', value: 0.01 }
 */
export const setLR = (value: number): SetLearningRate => ({ _tag: 'SetLearningRate', value })

/**
 * Multiply the learning rate by `factor` (finite, 0 or more), not going below `min`. Composes with a schedule: the rate is
 * the schedule's value times all factors.
 * @example
 * import { reduceLR } from 'rxfit'
 * reduceLR(0.5, { min: 1e-5 }) // => { _tag: 'ScaleLearningRate', factor: 0.5, min: 1e-5 }
 */
export const reduceLR = (factor: number, { min = 0 }: { readonly min?: number } = {}): ScaleLearningRate => {
  if (!(Number.isFinite(factor) && factor >= 0))
    throw new RangeError(`reduceLR: factor must be finite and 0 or more, got ${factor}`)
  if (!(Number.isFinite(min) && min >= 0))
    throw new RangeError(`reduceLR: min must be finite and 0 or more, got ${min}`)
  return { _tag: 'ScaleLearningRate', factor, min }
}

/**
 * Save the model, its weights only, or a checkpoint to go on from (`loadCheckpoint`). The path may hold `{epoch:02d}` and `{val_loss:.2f}` (Python's format rules); `epoch`
 * counts from 1 in it, as in Keras. A path with a scheme (`indexeddb://…`) goes to tfjs' own handler.
 * @example
 * import { saveModel } from 'rxfit'
 * saveModel('ckpt/best', { what: 'weights' }) // => { _tag: 'SaveModel', path: 'ckpt/best', what: 'weights' }
 */
export const saveModel = (path: string, { what = 'model' }: { readonly what?: SaveWhat } = {}): SaveModel => ({
  _tag: 'SaveModel',
  path,
  what,
})

/**
 * Delete a saved model.
 * @example
 * import { deleteModel } from 'rxfit'
 * deleteModel('ckpt/01') // => { _tag: 'DeleteModel', path: 'ckpt/01' }
 */
export const deleteModel = (path: string): DeleteModel => ({ _tag: 'DeleteModel', path })

/**
 * Keep a copy of the weights in memory.
 * @example
 * import { snapshotWeights } from 'rxfit'
 * snapshotWeights('best') // => { _tag: 'SnapshotWeights', slot: 'best' }
 */
export const snapshotWeights = (slot = 'best'): SnapshotWeights => ({ _tag: 'SnapshotWeights', slot })

/**
 * Put kept weights back.
 * @example
 * import { restoreWeights } from 'rxfit'
 * restoreWeights('best', 4) // => { _tag: 'RestoreWeights', slot: 'best', epoch: 4 }
 */
export const restoreWeights = (slot = 'best', epoch: number | null = null): RestoreWeights => ({
  _tag: 'RestoreWeights',
  slot,
  epoch,
})

/** Throws where a command's number is not what it has to be. */
const mustHold = (holds: boolean, what: string, expected: string, got: number): void => {
  if (!holds) throw new RangeError(`${what} must be ${expected}, got ${got}`)
}

const isCount = (x: number): boolean => Number.isSafeInteger(x) && x >= 1

/**
 * Take the weights into a running average that a slot holds. `share` (0 to 1) is the weight of the newest: 1 / n at the n-th
 * time makes an equal average. What it holds is put into the model with `restoreWeights`, or for a while with `swapWeights`.
 * @example
 * import { averageWeights } from 'rxfit'
 * averageWeights('mean', 1 / 3) // => { _tag: 'AverageWeights', slot: 'mean', share: 1 / 3, buffers: false }
 */
export const averageWeights = (
  slot: string,
  share: number,
  { buffers = false }: { readonly buffers?: boolean } = {},
): AverageWeights => {
  mustHold(share >= 0 && share <= 1, 'averageWeights: share', 'between 0 and 1', share)
  return { _tag: 'AverageWeights', slot, share, buffers }
}

/**
 * Keep an exponential moving average of the weights in a slot: after each `every`-th step of the optimizer, `decay` (0 to 1)
 * times the average plus the rest of the weights. With `overwriteEvery` the average becomes the weights every so many steps.
 * @example
 * import { trackAverage } from 'rxfit'
 * trackAverage('ema', 0.99).overwriteEvery // => null
 */
export const trackAverage = (
  slot: string,
  decay: number,
  options: { readonly every?: number; readonly buffers?: boolean; readonly overwriteEvery?: number | null } = {},
): TrackAverage => {
  const { every = 1, buffers = false, overwriteEvery = null } = options
  mustHold(decay >= 0 && decay <= 1, 'trackAverage: decay', 'between 0 and 1', decay)
  mustHold(isCount(every), 'trackAverage: every', 'a whole number from 1', every)
  if (overwriteEvery !== null)
    mustHold(isCount(overwriteEvery), 'trackAverage: overwriteEvery', 'a whole number from 1', overwriteEvery)
  return { _tag: 'TrackAverage', slot, decay, every, buffers, overwriteEvery }
}

/**
 * Exchange the model's weights for a slot's, until they are exchanged again.
 * @example
 * import { swapWeights } from 'rxfit'
 * swapWeights('ema') // => { _tag: 'SwapWeights', slot: 'ema' }
 */
export const swapWeights = (slot: string): SwapWeights => ({ _tag: 'SwapWeights', slot })

/**
 * Let the optimizer step once in `batches` batches (a whole number from 1), with the mean of their gradients: training as if
 * with batches that many times as large. What is left over at the end of an epoch is applied then.
 * @example
 * import { accumulateGradients } from 'rxfit'
 * accumulateGradients(4) // => { _tag: 'AccumulateGradients', batches: 4, remainder: 'mean' }
 */
export const accumulateGradients = (
  batches: number,
  { remainder = 'mean' }: { readonly remainder?: 'mean' | 'share' } = {},
): AccumulateGradients => {
  mustHold(isCount(batches), 'accumulateGradients: batches', 'a whole number from 1', batches)
  return { _tag: 'AccumulateGradients', batches, remainder }
}

/**
 * Clip gradients from now on, before the optimizer gets them: 'norm' each weight's so that its L2 norm is at most `limit` (above
 * 0), 'global' all together so that theirs is, 'value' each number so that it is between -limit and limit. Modes work one after
 * another, in the order in which they were first set; null ends one.
 * @example
 * import { setGradientClipping } from 'rxfit'
 * setGradientClipping('global', 1) // => { _tag: 'SetGradientClipping', mode: 'global', limit: 1 }
 */
export const setGradientClipping = (mode: ClippingMode, limit: number | null): SetGradientClipping => {
  if (limit !== null) mustHold(Number.isFinite(limit) && limit > 0, 'setGradientClipping: limit', 'above 0', limit)
  return { _tag: 'SetGradientClipping', mode, limit }
}

/**
 * Collect norms of the gradients under a name, from now on: at the first step of the optimizer and each `every`-th after it. Of
 * all gradients together, and `per` layer or weight besides; `clipped`: as the optimizer gets them, otherwise before clipping.
 * @example
 * import { trackGradientNorms } from 'rxfit'
 * trackGradientNorms('gradient_norm', { every: 10 }).per // => 'global'
 */
export const trackGradientNorms = (
  name: string,
  options: { readonly every?: number; readonly per?: NormsPer; readonly clipped?: boolean } = {},
): TrackGradientNorms => {
  const { every = 1, per = 'global', clipped = false } = options
  mustHold(isCount(every), 'trackGradientNorms: every', 'a whole number from 1', every)
  return { _tag: 'TrackGradientNorms', name, every, per, clipped }
}

/**
 * Tell the means of the norms collected under that name, as an `Evaluated` event, and begin anew.
 * @example
 * import { reportGradientNorms } from 'rxfit'
 * reportGradientNorms('gradient_norm') // => { _tag: 'ReportGradientNorms', name: 'gradient_norm' }
 */
export const reportGradientNorms = (name: string): ReportGradientNorms => ({ _tag: 'ReportGradientNorms', name })

/**
 * Keep the latest gradients, from the next step of the optimizer on, for `writeHistogram(path, tag, 'gradients', step)`.
 * @example
 * import { keepGradients } from 'rxfit'
 * keepGradients() // => { _tag: 'KeepGradients' }
 */
export const keepGradients = (): KeepGradients => ({ _tag: 'KeepGradients' })

/**
 * Keep layers as they are while the others learn. By name; `*` stands for any characters. The flags are put back when the fit
 * ends.
 * @example
 * import { freeze } from 'rxfit'
 * freeze('embedding', 'conv_*') // => { _tag: 'FreezeLayers', layers: ['embedding', 'conv_*'] }
 */
export const freeze = (...layers: ReadonlyArray<string>): FreezeLayers => ({ _tag: 'FreezeLayers', layers })

/**
 * Let frozen layers learn again. A layer that was frozen when the model was compiled can't: that is an error before training.
 * @example
 * import { unfreeze } from 'rxfit'
 * unfreeze('conv_*') // => { _tag: 'UnfreezeLayers', layers: ['conv_*'] }
 */
export const unfreeze = (...layers: ReadonlyArray<string>): UnfreezeLayers => ({ _tag: 'UnfreezeLayers', layers })

/**
 * Send a text by POST. Training doesn't wait: requests go out in the background, in order for each address, and what can't be
 * delivered is warned of once.
 * @example
 * import { httpPost } from 'rxfit'
 * httpPost('http://localhost:9000/done', '{}').headers // => {}
 */
export const httpPost = (url: string, body: string, headers: Readonly<Record<string, string>> = {}): HttpPost => ({
  _tag: 'HttpPost',
  url,
  body,
  headers,
})

/**
 * Print a message.
 * @example
 * import { log } from 'rxfit'
 * log('half way') // => { _tag: 'Log', level: 'info', message: 'half way' }
 */
export const log = (message: string, level: Log['level'] = 'info'): Log => ({ _tag: 'Log', level, message })

/**
 * Append a line to a file.
 * @example
 * import { appendRow } from 'rxfit'
 * appendRow('log.jsonl', '{"epoch":0}\n') // => { _tag: 'AppendRow', path: 'log.jsonl', row: '{"epoch":0}\n' }
 */
export const appendRow = (
  path: string,
  row: string,
  options: { readonly header?: string; readonly truncate?: boolean } = {},
): AppendRow => ({ _tag: 'AppendRow', path, row, ...options })

/**
 * Write a number into an event file in a folder, for TensorBoard. `step` is a whole number.
 * @example
 * import { writeScalar } from 'rxfit'
 * writeScalar('logs', 'gap', 0.5, 3) // => { _tag: 'WriteScalar', path: 'logs', tag: 'gap', value: 0.5, step: 3 }
 */
export const writeScalar = (path: string, tag: string, value: number, step: number): WriteScalar => ({
  _tag: 'WriteScalar',
  path,
  tag,
  value,
  step,
})

/**
 * Write a histogram of numbers for TensorBoard, or with 'weights' of each weight of the model, as `<its name>/<tag>`; with
 * 'gradients' likewise of the gradients that `keepGradients` had kept, which ends the keeping.
 * @example
 * import { writeHistogram } from 'rxfit'
 * writeHistogram('logs', 'histogram', 'weights', 3)
 * // => { _tag: 'WriteHistogram', path: 'logs', tag: 'histogram', of: 'weights', step: 3 }
 */
export const writeHistogram = (path: string, tag: string, of: WriteHistogram['of'], step: number): WriteHistogram => ({
  _tag: 'WriteHistogram',
  path,
  tag,
  of,
  step,
})

/**
 * Write an image for TensorBoard: a PNG file's bytes in Base64, or with 'weights' one of each weight that can be an image, as
 * `<its name>/<tag>`.
 * @example
 * import { writeImage } from 'rxfit'
 * writeImage('logs', 'image', 'weights', 3) // => { _tag: 'WriteImage', path: 'logs', tag: 'image', of: 'weights', step: 3 }
 */
export const writeImage = (
  path: string,
  tag: string,
  of: 'weights' | { readonly png: string },
  step: number,
): WriteImage => ({ _tag: 'WriteImage', path, tag, of, step })

/**
 * Write a text, in markdown, for TensorBoard.
 * @example
 * import { writeText } from 'rxfit'
 * writeText('logs', 'notes', '**done**', 3) // => { _tag: 'WriteText', path: 'logs', tag: 'notes', text: '**done**', step: 3 }
 */
export const writeText = (path: string, tag: string, text: string, step: number): WriteText => ({
  _tag: 'WriteText',
  path,
  tag,
  text,
  step,
})

/**
 * Write the graph of the model's layers for TensorBoard.
 * @example
 * import { writeGraph } from 'rxfit'
 * writeGraph('logs') // => { _tag: 'WriteGraph', path: 'logs', tag: 'keras' }
 */
export const writeGraph = (path: string, tag = 'keras'): WriteGraph => ({ _tag: 'WriteGraph', path, tag })

/**
 * Write what a run is compared by in TensorBoard's table of hyperparameters. `metrics` are tags of scalars, with the folder below
 * `path` that they are in, '' for `path` itself.
 * @example
 * import { writeHParams } from 'rxfit'
 * writeHParams('logs', { lr: 0.1 }, [{ tag: 'epoch_loss', group: 'train' }]).hparams // => { lr: 0.1 }
 */
export const writeHParams = (
  path: string,
  hparams: WriteHParams['hparams'],
  metrics: WriteHParams['metrics'] = [],
): WriteHParams => ({ _tag: 'WriteHParams', path, hparams, metrics })

/**
 * Write how the run ended, for the table of hyperparameters.
 * @example
 * import { writeHParamsEnd } from 'rxfit'
 * writeHParamsEnd('logs') // => { _tag: 'WriteHParamsEnd', path: 'logs', status: 'success' }
 */
export const writeHParamsEnd = (path: string, status: WriteHParamsEnd['status'] = 'success'): WriteHParamsEnd => ({
  _tag: 'WriteHParamsEnd',
  path,
  status,
})

/**
 * Write the vectors of the model's Embedding layers for TensorBoard's projector. `metadata` is a file of labels (a row a vector,
 * columns parted by tabs), or one for each layer by its name; as the projector sees it, from `path`.
 * @example
 * import { writeEmbeddings } from 'rxfit'
 * writeEmbeddings('logs', 'words.tsv') // => { _tag: 'WriteEmbeddings', path: 'logs', metadata: 'words.tsv' }
 */
export const writeEmbeddings = (path: string, metadata?: WriteEmbeddings['metadata']): WriteEmbeddings => ({
  _tag: 'WriteEmbeddings',
  path,
  ...(metadata !== undefined && { metadata }),
})

/**
 * Time every operation, from now on until `writeProfile`. It makes them slower.
 * @example
 * import { startProfile } from 'rxfit'
 * startProfile() // => { _tag: 'StartProfile' }
 */
export const startProfile = (): StartProfile => ({ _tag: 'StartProfile' })

/**
 * Write what was timed since `startProfile`, and end it: a table of operations as a text for TensorBoard, and every single one as
 * a trace, `<tag>-<step>.trace.json` in the same folder.
 * @example
 * import { writeProfile } from 'rxfit'
 * writeProfile('logs', 'profile', 10) // => { _tag: 'WriteProfile', path: 'logs', tag: 'profile', step: 10 }
 */
export const writeProfile = (path: string, tag: string, step: number): WriteProfile => ({
  _tag: 'WriteProfile',
  path,
  tag,
  step,
})

/**
 * Any effect of your own, under a name that errors and records will show. It runs live only: a replay writes it down.
 * `observes: true` means that its failure is warned of and doesn't end the run.
 * @example
 * import { run } from 'rxfit'
 * run('ping', () => {}).label // => 'ping'
 */
export const run = (
  label: string,
  effect: () => unknown,
  { observes = false }: { readonly observes?: boolean } = {},
): Run => ({
  _tag: 'Run',
  label,
  observes,
  // eslint-disable-next-line no-restricted-syntax -- made here and run by an interpreter only
  task: async () => {
    try {
      // eslint-disable-next-line no-restricted-syntax -- the same
      await effect()
      return { _tag: 'Right', right: undefined }
    } catch (error) {
      return { _tag: 'Left', left: error instanceof Error ? error : new Error(String(error)) }
    }
  },
})
