import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { profileTable, profileTrace, type TimedKernel } from '../tfevents/profile.js'
import type { Embedding, Picture, SummaryWriter } from '../tfevents/SummaryWriter.js'
import { weightImages, type WeightValues } from '../tfevents/weightImages.js'
import type {
  ClippingMode,
  Command,
  CommandMap,
  CommandTag,
  CompareTexts,
  Draw,
  Evaluate,
  HttpPost,
  SaveModel,
  SyncDirectory,
  TrackAverage,
  TrackGradientNorms,
  WriteEmbeddings,
} from '../dsl/Command.js'
import type { Picture as Drawn } from '../dsl/Picture.js'
import type { TextPair } from '../dsl/Text.js'
import { nearest } from '../dsl/nearest.js'
import type { Logs, Moment, TrainingEvent } from '../dsl/TrainingEvent.js'

/**
 * What commands need done, as a record of functions: the only way from data to effects. A live run has one made of a model
 * and the host; a test can have one that only writes down.
 */
export interface Capabilities {
  /** `pause`: another process is to go on */
  readonly stop: (pause: boolean) => void
  readonly setLearningRate: (value: number) => void
  readonly snapshotWeights: (slot: string) => void
  readonly restoreWeights: (slot: string) => void
  readonly averageWeights: (slot: string, share: number, buffers: boolean) => void
  readonly trackAverage: (average: TrackedAverage) => void
  readonly swapWeights: (slot: string) => void
  readonly accumulateGradients: (batches: number, remainder: 'mean' | 'share') => void
  readonly clipGradients: (mode: ClippingMode, limit: number | null) => void
  readonly trackGradientNorms: (norms: TrackedNorms) => void
  /** means since the last call, by the names that their logs have */
  readonly gradientNorms: (name: string) => Promise<Logs>
  readonly keepGradients: () => void
  /** the gradients that were kept, as numbers; none are kept any longer */
  readonly gradients: () => Promise<ReadonlyArray<WeightValues>>
  readonly freezeLayers: (layers: ReadonlyArray<string>) => void
  readonly unfreezeLayers: (layers: ReadonlyArray<string>) => void
  /** sends it later; gives the requests that were lost since the last call */
  readonly post: (request: PostRequest) => ReadonlyArray<LostRequest>
  /** copies a folder later; gives the copies that failed since the last call */
  readonly sync: (request: SyncDirectoryRequest) => ReadonlyArray<LostRequest>
  readonly saveModel: (save: Pick<SaveModel, 'path' | 'what' | 'sameAs'>, at: Moment) => Promise<void>
  /** `onCurve` hears of the probabilities of each class, where they are wanted */
  readonly evaluate: (what: Evaluate, onCurve: (curve: ClassCurve) => void) => Promise<Logs>
  /** does it when the event is done with */
  readonly backUp: (dir: string) => void
  readonly compareTexts: (
    what: CompareTexts,
    epoch: number,
  ) => Promise<{ readonly logs: Logs; readonly texts: ReadonlyArray<TextPair> }>
  readonly draw: (what: Draw, epoch: number) => Promise<Drawn>
  /** a PNG file */
  readonly writePicture: (path: string, picture: Drawn) => Promise<void>
  /** a GIF file's frame number `frame`, in place of what there is from there on */
  readonly writeFrame: (path: string, picture: Drawn, frame: number, seconds: number) => Promise<void>
  readonly deleteModel: (path: string) => Promise<void>
  readonly append: (
    path: string,
    row: string,
    options: { readonly header?: string; readonly truncate?: boolean },
  ) => Promise<void>
  readonly remember: (name: string, row: RememberedRow) => void
  readonly print: (message: string, level: 'info' | 'warning') => void
  readonly progress: (line: string, done: boolean) => void
  /** the writer of an event file in that folder, the same one throughout the run */
  readonly summaries: (folder: string) => SummaryWriter
  /** the model's weights as numbers */
  readonly weights: () => Promise<ReadonlyArray<WeightValues>>
  /** the matrix of each Embedding layer, under the layer's name */
  readonly embeddings: () => Promise<ReadonlyArray<WeightValues>>
  readonly startProfile: () => void
  readonly stopProfile: () => Promise<ReadonlyArray<TimedKernel>>
  /** the model's layers, as Keras' JSON */
  readonly topology: () => string
}

/** What a `TrackAverage` keeps. */
export type TrackedAverage = Pick<TrackAverage, 'slot' | 'decay' | 'every' | 'buffers' | 'overwriteEvery'>

/** Probabilities of one class, and what is true of them. */
export interface ClassCurve {
  /** of the output and the class, where there are several */
  readonly tag: string
  readonly truth: ArrayLike<number>
  readonly scores: ArrayLike<number>
}

/** What a `TrackGradientNorms` collects. */
export type TrackedNorms = Pick<TrackGradientNorms, 'name' | 'every' | 'per' | 'clipped'>

/** A request that an `HttpPost` asks for, and on whose behalf. */
export interface PostRequest extends Pick<HttpPost, 'url' | 'body' | 'headers'> {
  readonly by: string
}

/** A copy that a `SyncDirectory` asks for, and on whose behalf. */
export interface SyncDirectoryRequest extends Pick<
  SyncDirectory,
  'path' | 'argv' | 'timeout' | 'attempts' | 'backoff'
> {
  readonly by: string
}

/** A request that was not delivered, or a copy that was not made, and why. */
export interface LostRequest {
  readonly by: string
  readonly message: string
}

/** What a `Remember` keeps of an epoch, or of a batch. */
export interface RememberedRow {
  readonly epoch: number
  /** 0-based, where it is of a batch */
  readonly batch?: number
  readonly logs: Logs
  readonly lr: number
}

/** Carries out one kind of command. What it gives back are events: policies hear of them. */
export type Handler<C extends Command> = (command: C, at: Moment) => TE.TaskEither<Error, ReadonlyArray<TrainingEvent>>

/** A handler for every command, by its tag. Spread it to replace some, or to add one for a tag of your own. */
export type Handlers = { readonly [T in CommandTag]: Handler<CommandMap[T]> }

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))

const quiet: ReadonlyArray<TrainingEvent> = []

/** An effect without feedback. */
const perform = (effect: () => void | Promise<void>): TE.TaskEither<Error, ReadonlyArray<TrainingEvent>> =>
  TE.tryCatch(async () => {
    await effect()
    return quiet
  }, asError)

/** Of each of the model's weights: something, under a tag that begins with its name. */
const tagged = <T>(
  tag: string,
  weights: ReadonlyArray<WeightValues>,
  make: (weight: WeightValues) => T | undefined,
): ReadonlyArray<readonly [string, T]> =>
  weights.flatMap((weight) => {
    const made = make(weight)
    return made === undefined ? [] : [[`${weight.name}/${tag}`, made] as const]
  })

/** Vectors of Embedding layers, each with the file of labels that it was given. */
const embeddingsFor = (
  matrices: ReadonlyArray<WeightValues>,
  metadata: WriteEmbeddings['metadata'],
): ReadonlyArray<Embedding> => {
  const names = matrices.map(({ name }) => name)
  if (names.length === 0) throw new Error('the model has no Embedding layer')
  const stranger = typeof metadata === 'object' && Object.keys(metadata).find((name) => !names.includes(name))
  if (typeof stranger === 'string') {
    const guess = nearest(stranger, names)
    throw new Error(
      `no Embedding layer is called '${stranger}'${guess ? ` (did you mean '${guess}'?)` : ''}; there is ${names.join(', ')}`,
    )
  }
  return matrices.map(({ name, shape: [rows = 0, width = 0], values }) => {
    const labels = typeof metadata === 'object' ? metadata[name] : metadata
    const all = Array.from(values)
    const vectors = Array.from({ length: rows }, (_, i) => all.slice(i * width, (i + 1) * width))
    return { name, vectors, ...(labels !== undefined && { metadataPath: labels }) }
  })
}

/** Done when it is begun; what became of earlier ones is told with it. */
const inBackground = (
  command: CommandTag,
  { epoch, batch, step, at, lr }: Moment,
  begin: () => ReadonlyArray<LostRequest>,
): TE.TaskEither<Error, ReadonlyArray<TrainingEvent>> =>
  TE.fromEither(
    E.tryCatch(
      () =>
        begin().map((lost) => ({
          _tag: 'CommandFailed',
          epoch,
          batch,
          step,
          at,
          lr,
          logs: {},
          command,
          ...lost,
        })),
      asError,
    ),
  )

/** The interpreter: rxfit's own commands, carried out through capabilities. */
export const interpret = (can: Capabilities): Handlers => ({
  StopTraining: ({ pause = false }) =>
    perform(() => {
      can.stop(pause)
    }),
  SetLearningRate: ({ value }) => perform(() => can.setLearningRate(value)),
  // `resolve` has made one SetLearningRate of all scales
  ScaleLearningRate: () => TE.right(quiet),
  SnapshotWeights: ({ slot }) => perform(() => can.snapshotWeights(slot)),
  RestoreWeights: ({ slot }) => perform(() => can.restoreWeights(slot)),
  AverageWeights: ({ slot, share, buffers }) => perform(() => can.averageWeights(slot, share, buffers)),
  TrackAverage: ({ slot, decay, every, buffers, overwriteEvery }) =>
    perform(() => can.trackAverage({ slot, decay, every, buffers, overwriteEvery })),
  SwapWeights: ({ slot }) => perform(() => can.swapWeights(slot)),
  AccumulateGradients: ({ batches, remainder }) => perform(() => can.accumulateGradients(batches, remainder)),
  SetGradientClipping: ({ mode, limit }) => perform(() => can.clipGradients(mode, limit)),
  TrackGradientNorms: ({ name, every, per, clipped }) =>
    perform(() => can.trackGradientNorms({ name, every, per, clipped })),
  ReportGradientNorms: ({ name }, { epoch, batch, step, at, lr }) =>
    TE.tryCatch(async () => {
      const logs = await can.gradientNorms(name)
      return [{ _tag: 'Evaluated', epoch, batch, step, at, lr, logs, name } as const]
    }, asError),
  KeepGradients: () => perform(can.keepGradients),
  FreezeLayers: ({ layers }) => perform(() => can.freezeLayers(layers)),
  UnfreezeLayers: ({ layers }) => perform(() => can.unfreezeLayers(layers)),
  // done when it is queued; what became of earlier requests is told with it
  HttpPost: ({ url, body, headers, by = 'a policy' }, moment) =>
    inBackground('HttpPost', moment, () => can.post({ url, body, headers, by })),
  SyncDirectory: ({ path, argv, timeout, attempts, backoff, by = 'a policy' }, moment) =>
    inBackground('SyncDirectory', moment, () => can.sync({ path, argv, timeout, attempts, backoff, by })),
  SaveModel: (save, moment) =>
    TE.tryCatch(async () => {
      await can.saveModel(save, moment)
      const { epoch, batch, step, at, lr } = moment
      const { path } = save
      return [{ _tag: 'Saved', epoch, batch, step, at, lr, logs: {}, path } as const]
    }, asError),
  BackUp: ({ dir }) => perform(() => can.backUp(dir)),
  DeleteModel: ({ path }) => perform(() => can.deleteModel(path)),
  Evaluate: (command, { epoch, batch, step, at, lr }) =>
    TE.tryCatch(async () => {
      const { prCurves } = command
      const logs = await can.evaluate(command, ({ tag, truth, scores }) => {
        if (prCurves)
          can.summaries(prCurves.path).prCurve(`${prCurves.tag}${tag}`, truth, scores, prCurves.step, { at })
      })
      return [{ _tag: 'Evaluated', epoch, batch, step, at, lr, logs, name: command.name } as const]
    }, asError),
  CompareTexts: (command, { epoch, batch, step, at, lr }) =>
    TE.tryCatch(async () => {
      const { logs, texts } = await can.compareTexts(command, epoch)
      return [{ _tag: 'Evaluated', epoch, batch, step, at, lr, logs, name: command.name, texts } as const]
    }, asError),
  Draw: (command, { epoch, at }) =>
    perform(async () => {
      const { path, gif, board } = command
      const picture = await can.draw(command, epoch)
      if (path !== undefined) await can.writePicture(path, picture)
      if (gif) await can.writeFrame(gif.path, picture, gif.frame, gif.seconds)
      if (!board) return
      const { width, height, rgba } = picture
      can.summaries(board.path).image(board.tag, { width, height, channels: 4, data: rgba }, board.step, { at })
    }),
  AppendRow: ({ path, row, header, truncate }) =>
    perform(() => can.append(path, row, { ...(header !== undefined && { header }), ...(truncate && { truncate }) })),
  Remember: ({ name, epoch, batch, logs, lr }) =>
    perform(() => can.remember(name, { epoch, ...(batch !== undefined && { batch }), logs, lr })),
  Log: ({ message, level }) => perform(() => can.print(message, level)),
  Progress: ({ line, done }) => perform(() => can.progress(line, done)),
  WriteScalar: ({ path, tag, value, step }, { at }) =>
    perform(() => can.summaries(path).scalar(tag, value, step, { at })),
  WriteHistogram: ({ path, tag, of, step }, { at }) =>
    perform(async () => {
      const all: ReadonlyArray<readonly [string, ArrayLike<number>]> =
        typeof of === 'string'
          ? tagged(tag, await (of === 'weights' ? can.weights() : can.gradients()), ({ values }) => values)
          : [[tag, of]]
      for (const [name, values] of all) can.summaries(path).histogram(name, values, step, { at })
    }),
  WriteImage: ({ path, tag, of, step }, { at }) =>
    perform(async () => {
      const all: ReadonlyArray<readonly [string, ReadonlyArray<Picture>]> =
        of === 'weights'
          ? tagged(tag, await can.weights(), (weight) => {
              const images = weightImages(weight)
              return images.length > 0 ? images : undefined
            })
          : [[tag, [Uint8Array.from(atob(of.png), (char) => char.charCodeAt(0))]]]
      for (const [name, images] of all) can.summaries(path).image(name, images, step, { at })
    }),
  WriteText: ({ path, tag, text, step }, { at }) => perform(() => can.summaries(path).text(tag, text, step, { at })),
  WriteGraph: ({ path, tag }, { at }) => perform(() => can.summaries(path).modelGraph(can.topology(), tag, { at })),
  WriteHParams: ({ path, hparams, metrics }, { at }) =>
    perform(() => can.summaries(path).hparams({ hparams, metrics }, { at })),
  WriteHParamsEnd: ({ path, status }, { at }) => perform(() => can.summaries(path).hparamsEnd(status, { at })),
  WriteEmbeddings: ({ path, metadata }) =>
    perform(async () => can.summaries(path).projector(embeddingsFor(await can.embeddings(), metadata))),
  StartProfile: () => perform(can.startProfile),
  WriteProfile: ({ path, tag, step }, { at }) =>
    perform(async () => {
      const kernels = await can.stopProfile()
      can.summaries(path).text(tag, profileTable(kernels), step, { at })
      await can.append(`${path}/${tag}-${step}.trace.json`, profileTrace(kernels), { truncate: true })
    }),
  Run:
    ({ task }) =>
    async () => {
      const result = await task()
      return result._tag === 'Left' ? result : { _tag: 'Right', right: quiet }
    },
})
