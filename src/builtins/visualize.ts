import * as v from 'valibot'
import { none, type Command, type Draw } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { above, flag, func, mustBeOptions, OptionError, parse, positive, text } from '../dsl/Options.js'
import type { Curves, DrawFunction, DrawingRequest } from '../dsl/Picture.js'
import { make, type Policy } from '../dsl/Policy.js'
import { functionRef } from '../dsl/Spec.js'
import type { EpochEnd, TrainingEvent } from '../dsl/TrainingEvent.js'
import { drawingName, drawingOf } from '../pictures/drawings.js'
import { dataNames, refuseUnnamed, sourcesOf, type DataSource, type NamedData } from './internal/namedData.js'

export interface VisualizeOptions {
  /**
   * what is drawn: 'imageGrid', 'decisionBoundary', 'regressionFit', 'learningCurves', 'confusionMatrix', one of these with options
   * (`{ imageGrid: { count: 16 } }`), or a function of your own of the predictions and the data
   */
  readonly draw: DrawingRequest | DrawFunction
  /**
   * what the model predicts for it, as in `evaluateEvery`: the name of data that `fit` is given, several, or the data by name, each
   * `[x, y]` or a dataset of `{ xs, ys }`. Not for 'learningCurves'
   */
  readonly data?: NamedData
  /** epochs from one picture to the next, from 1. Default 1 */
  readonly every?: number
  /** where PNG files and the GIF go. Default 'pictures', unless there is a `logDir` */
  readonly folder?: string
  /** also keep a GIF of all pictures in the folder. Default true */
  readonly gif?: boolean
  /** seconds that each picture of the GIF is shown, above 0. Default 0.5 */
  readonly seconds?: number
  /** a folder of event files: pictures for TensorBoard */
  readonly logDir?: string
  /** their tag there; `{name}` is that of the data. Default '{name}/' and what is drawn */
  readonly tag?: string
  /** rows at a time, from 1; a dataset has batches of its own. Default 32 */
  readonly batchSize?: number
}

const schema = v.strictObject({
  draw: v.union(
    [text, func, v.record(v.string(), v.any())],
    'must be the name of a drawing, one with options ({ imageGrid: { count: 16 } }), or a function',
  ),
  data: v.optional(dataNames),
  every: v.optional(positive, 1),
  folder: v.optional(text),
  gif: v.optional(flag, true),
  seconds: v.optional(above(0), 0.5),
  logDir: v.optional(text),
  tag: v.optional(text),
  batchSize: v.optional(positive, 32),
})

const by = 'visualize'

/** Pictures drawn so far, and the run for drawings of it. */
type State = { readonly frames: number; readonly curves: Curves }

/** More points than these can't be seen. */
const mostPoints = 400

/** Six digits are more than can be seen. */
const rounded = (x: number): number | null => (Number.isFinite(x) ? Number(x.toPrecision(6)) : null)

/** The run with one epoch more; where there are too many, every other is left out. */
const extended = ({ epochs, values }: Curves, { epoch, logs }: EpochEnd): Curves => {
  const names = new Set([...Object.keys(values), ...Object.keys(logs)])
  const thin = epochs.length >= mostPoints
  const kept = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> => (thin ? list.filter((_, i) => i % 2 === 0) : list)
  const before = epochs.map(() => null)
  return {
    epochs: [...kept(epochs), epoch],
    values: Object.fromEntries(
      [...names].map((name) => [
        name,
        [
          ...kept(Object.hasOwn(values, name) ? (values[name] as ReadonlyArray<number | null>) : before),
          Object.hasOwn(logs, name) ? rounded(logs[name] as number) : null,
        ],
      ]),
    ),
  }
}

/** A name as a part of a file's: nothing that leads elsewhere. */
const part = (name: string): string => name.replaceAll(/[^\p{L}\p{N}_-]+/gu, '_')

/** Where pictures of some data go: the beginning of their files' names, and their folder and tag in event files. */
export const placesOf = (
  drawing: string,
  name: string | undefined,
  { folder: given, logDir, tag }: Pick<VisualizeOptions, 'folder' | 'logDir' | 'tag'>,
): { readonly stem?: string; readonly board?: { readonly path: string; readonly tag: string } } => {
  const folder = (given ?? (logDir === undefined ? 'pictures' : undefined))?.replace(/(?<=.)[\\/]+$/, '')
  const label = [...(name === undefined ? [] : [name]), drawing]
  return {
    ...(folder !== undefined && { stem: `${folder}/${label.map(part).join('-')}` }),
    ...(logDir !== undefined && {
      board: { path: logDir, tag: tag?.replaceAll('{name}', name ?? '') ?? label.join('/') },
    }),
  }
}

const refuse = (option: string, message: string): never => {
  throw new OptionError([{ path: `${by}.${option}`, message }])
}

/**
 * Draws what the model predicts, as it learns: a PNG file at the end of each `every`-th epoch, and a GIF that grows with them and is
 * whole at any time. Into a folder, as `<data>-<drawing>-0001.png` (epochs from 1) and `<data>-<drawing>.gif`, before TensorBoard
 * (`logDir`), or both. No browser and no canvas.
 *
 * Drawings: `imageGrid` (images with the predicted and, in brackets, the true label, red where wrong; `count` 25, `columns`, `scale`,
 * `shape`, `labels`), `decisionBoundary` (of two numbers a sample; `resolution` 60), `regressionFit` (the curve among the samples; of
 * more inputs predicted over true), `confusionMatrix` (`labels`), `learningCurves` (`metrics`, `log`). Of models with several outputs
 * `output` names the one that is drawn. A function of your own gets the predictions as plain numbers and the data as they were given.
 *
 * Pictures only observe: what can't be drawn costs a warning, not the run. Resumed, the GIF goes on; a run of its own begins a new one.
 * @category builtins
 * @throws OptionError for unknown options and drawings, and values that don't hold
 * @example
 * import { visualize } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const policy = visualize({ data: 'holdout', draw: { imageGrid: { count: 16 } }, every: 2 })
 * commands(policy, [{}, {}, {}, {}]).map((c) => c._tag === 'Draw' && [c.path, c.gif?.frame])
 * // => [['pictures/holdout-imageGrid-0002.png', 0], ['pictures/holdout-imageGrid-0004.png', 1]]
 */
export const visualize = (options: VisualizeOptions): Policy<never> => {
  mustBeOptions(by, options)
  refuseUnnamed(by, options)
  const given = parse(by, schema, options)
  const { data, every, gif, seconds, folder, logDir, tag, batchSize } = given
  const { data: _, ...written } = options
  const draw = typeof given.draw === 'function' ? (given.draw as DrawFunction) : undefined
  const drawing: DrawingRequest = draw ? draw.name || 'picture' : (given.draw as DrawingRequest)
  const ofRun = !draw && drawingOf(`${by}.draw`, drawing).of === 'curves'
  if (ofRun && data !== undefined) refuse('data', `'${drawingName(drawing)}' is drawn of the run, not of data`)
  const sources: ReadonlyArray<Partial<DataSource>> = ofRun
    ? [{}]
    : sourcesOf(by, data ?? refuse('data', 'must name the data that the model predicts, got nothing'))
  const places = {
    ...(folder !== undefined && { folder }),
    ...(logDir !== undefined && { logDir }),
    ...(tag !== undefined && { tag }),
  }

  const commandsAt = ({ epoch }: EpochEnd, { frames, curves }: State): ReadonlyArray<Command> =>
    sources.map(({ name, source }): Draw => {
      const { stem, board } = placesOf(drawingName(drawing), name, places)
      return {
        by,
        _tag: 'Draw',
        drawing,
        title: `epoch ${epoch + 1}`,
        name: name ?? null,
        batchSize,
        ...(stem !== undefined && { path: `${stem}-${String(epoch + 1).padStart(4, '0')}.png` }),
        ...(stem !== undefined && gif && { gif: { path: `${stem}.gif`, frame: frames, seconds } }),
        ...(board && { board: { ...board, step: epoch } }),
        ...(ofRun && { curves }),
        ...(source && { source }),
        ...(draw && { draw }),
      }
    })

  return make<never>(
    Machine.make(
      {
        kind: by,
        options: {
          ...written,
          draw: draw ? functionRef(draw) : (drawing as string),
          // data can't be written down: whoever reads this gives them to fit by name
          ...(data !== undefined && { data: sources.map(({ name }) => name as string) }),
        },
        events: ['EpochEnd'],
        ignoresRate: true,
      },
      { frames: 0, curves: { epochs: [], values: {} } },
      (state: State, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
        if (event._tag !== 'EpochEnd') return [none, state]
        const due = (event.epoch + 1) % every === 0
        if (!due && !ofRun) return [none, state]
        const curves = ofRun ? extended(state.curves, event) : state.curves
        const drawn = due ? commandsAt(event, { frames: state.frames, curves }) : none
        return [drawn, { frames: state.frames + (due ? 1 : 0), curves }]
      },
    ),
  )
}
