import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
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
  readonly DeleteModel: DeleteModel
  readonly SnapshotWeights: SnapshotWeights
  readonly RestoreWeights: RestoreWeights
  readonly AppendRow: AppendRow
  readonly Remember: Remember
  readonly Log: Log
  readonly Progress: Progress
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
    case 'AppendRow':
    case 'Remember':
    case 'Log':
    case 'Progress':
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
