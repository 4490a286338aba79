import * as v from 'valibot'
import { none, writeGraph, writeHistogram, writeImage, writeScalar, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { count, flag, parse, such, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { Logs, Tag, TrainingEvent } from '../dsl/TrainingEvent.js'

export interface TensorBoardOptions {
  /** epochs from one set of histograms of the weights to the next; 0 writes none. Default 0 */
  readonly histogramFreq?: number
  /** write the graph of the model's layers. Default true */
  readonly writeGraph?: boolean
  /** write the weights as images too, at the epochs of `histogramFreq`. Default false */
  readonly writeImages?: boolean
  /** write how many steps a second takes. Default false */
  readonly writeStepsPerSecond?: boolean
  /** 'epoch' (default); 'batch', or a number of batches, write the batches' logs as well */
  readonly updateFreq?: 'epoch' | 'batch' | number
}

export const tensorBoardSchema = v.strictObject({
  logDir: text,
  histogramFreq: v.optional(count, 0),
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
})

/** When the epoch and the batch under way began, in milliseconds, and the step at which the epoch did. */
type Begun = {
  readonly epochAt: number
  readonly epochStep: number
  readonly batchAt: number
}

const by = 'tensorBoard'
const attributed = (commands: ReadonlyArray<Command>): ReadonlyArray<Command> =>
  commands.map((command) => ({ by, ...command }))

const perSecond = (steps: number, from: number, to: number): number => (1000 * steps) / (to - from)

/**
 * Writes event files for TensorBoard into `logDir`, tags, folders and steps as Keras 3's TensorBoard has them: in `train/` `epoch_…`
 * of each metric and the learning rate at each epoch, in `validation/` the same of `val_…`, and `evaluation_…_vs_iterations` of
 * each validation. With `updateFreq` `batch_…` at every so many steps, counted from 1. Epochs count from 0.
 *
 * Where Keras can't be followed, or needn't: there is no profiler and no checkpoint of embeddings (`summaryWriter` has a projector);
 * steps of a run that is resumed go on counting; the rate is that in force during the epoch, whatever is cut at its end; evaluations are always written, and not only when a count of validation batches
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
  const { histogramFreq, writeImages, writeStepsPerSecond } = given
  const every = given.updateFreq === 'epoch' ? 0 : given.updateFreq === 'batch' ? 1 : given.updateFreq
  const folder = logDir.replace(/[\\/]+$/, '') || logDir
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
    const weights = histogramFreq > 0 && epoch % histogramFreq === 0
    return [
      ...scalars(train, trained, epoch, (name) => `epoch_${name}`),
      ...scalars(validation, Object.fromEntries(validated), epoch, (name) => `epoch_${name.slice('val_'.length)}`),
      ...(weights ? [writeHistogram(train, 'histogram', 'weights', epoch)] : []),
      ...(weights && writeImages ? [writeImage(train, 'image', 'weights', epoch)] : []),
    ]
  }
  const batchEnd = ({ step, at, logs }: TrainingEvent<never>, { batchAt }: Begun): ReadonlyArray<Command> =>
    step % every === 0
      ? scalars(train, { ...rate(1, batchAt, at), ...(logs as Logs) }, step, (name) => `batch_${name}`)
      : none

  const react = (event: TrainingEvent<never>, begun: Begun): ReadonlyArray<Command> => {
    switch (event._tag) {
      case 'TrainBegin':
        return given.writeGraph ? [writeGraph(train)] : none
      case 'BatchEnd':
        return batchEnd(event, begun)
      case 'TestEnd':
        return scalars(validation, event.logs, event.step, (name) => `evaluation_${name}_vs_iterations`)
      case 'EpochEnd':
        return epochEnd(event, begun)
      default:
        return none
    }
  }
  const events: ReadonlyArray<Tag> = [
    ...(given.writeGraph ? (['TrainBegin'] as const) : []),
    ...(writeStepsPerSecond ? (['EpochBegin'] as const) : []),
    ...(writeStepsPerSecond && every > 0 ? (['BatchBegin'] as const) : []),
    ...(every > 0 ? (['BatchEnd'] as const) : []),
    'TestEnd',
    'EpochEnd',
  ]
  return make<never>(
    Machine.make(
      { kind: 'tensorBoard', options: { logDir, ...options }, events },
      { epochAt: 0, epochStep: 0, batchAt: 0 } satisfies Begun,
      (begun, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, Begun] => {
        if (event._tag === 'EpochBegin') return [none, { ...begun, epochAt: event.at, epochStep: event.step }]
        if (event._tag === 'BatchBegin') return [none, { ...begun, batchAt: event.at }]
        return [attributed(react(event, begun)), begun]
      },
    ),
  )
}
