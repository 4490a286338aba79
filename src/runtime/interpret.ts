import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Command, CommandMap, CommandTag, SaveModel } from '../dsl/Command.js'
import type { Logs, Moment, TrainingEvent } from '../dsl/TrainingEvent.js'

/**
 * What commands need done, as a record of functions: the only way from data to effects. A live run has one made of a model
 * and the host; a test can have one that only writes down.
 */
export interface Capabilities {
  readonly stop: () => void
  readonly setLearningRate: (value: number) => void
  readonly snapshotWeights: (slot: string) => void
  readonly restoreWeights: (slot: string) => void
  readonly saveModel: (save: Pick<SaveModel, 'path' | 'what' | 'sameAs'>, at: Moment) => Promise<void>
  readonly deleteModel: (path: string) => Promise<void>
  readonly append: (
    path: string,
    row: string,
    options: { readonly header?: string; readonly truncate?: boolean },
  ) => Promise<void>
  readonly remember: (name: string, row: RememberedRow) => void
  readonly print: (message: string, level: 'info' | 'warning') => void
  readonly progress: (line: string, done: boolean) => void
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

/** The interpreter: rxfit's own commands, carried out through capabilities. */
export const interpret = (can: Capabilities): Handlers => ({
  StopTraining: () => perform(can.stop),
  SetLearningRate: ({ value }) => perform(() => can.setLearningRate(value)),
  // `resolve` has made one SetLearningRate of all scales
  ScaleLearningRate: () => TE.right(quiet),
  SnapshotWeights: ({ slot }) => perform(() => can.snapshotWeights(slot)),
  RestoreWeights: ({ slot }) => perform(() => can.restoreWeights(slot)),
  SaveModel: (save, moment) =>
    TE.tryCatch(async () => {
      await can.saveModel(save, moment)
      const { epoch, batch, step, at, lr } = moment
      const { path } = save
      return [{ _tag: 'Saved', epoch, batch, step, at, lr, logs: {}, path } as const]
    }, asError),
  DeleteModel: ({ path }) => perform(() => can.deleteModel(path)),
  AppendRow: ({ path, row, header, truncate }) =>
    perform(() => can.append(path, row, { ...(header !== undefined && { header }), ...(truncate && { truncate }) })),
  Remember: ({ name, epoch, batch, logs, lr }) =>
    perform(() => can.remember(name, { epoch, ...(batch !== undefined && { batch }), logs, lr })),
  Log: ({ message, level }) => perform(() => can.print(message, level)),
  Progress: ({ line, done }) => perform(() => can.progress(line, done)),
  Run:
    ({ task }) =>
    async () => {
      const result = await task()
      return result._tag === 'Left' ? result : { _tag: 'Right', right: quiet }
    },
})
