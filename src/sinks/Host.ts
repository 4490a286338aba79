import type { SummaryWriter } from '../tfevents/SummaryWriter.js'
import type { JsonObject } from '../dsl/Json.js'
import type { Picture } from '../dsl/Picture.js'

/**
 * What the machine around offers: files, a terminal. `#host` is the Node one on Node and the browser one in a bundle, so that
 * nothing else needs to ask where it runs.
 */
export interface Host {
  /** Appends text to a file, making its folder; `truncate` empties it first, `header` goes first into an empty file. */
  readonly append: (path: string, text: string, options: AppendOptions) => Promise<void>
  /** Where a model lies under that path. */
  readonly models: (path: string) => ModelStore
  /** Whether a path leads below one of those folders, whatever links are on its way. */
  readonly inside: (path: string, folders: ReadonlyArray<string>) => boolean
  readonly print: (message: string, level: 'info' | 'warning') => void
  /** A line that replaces the one before it, until `done`. Where lines can't be replaced only the last is printed. */
  readonly progress: (line: string, done: boolean) => void
  /** Ends a progress line that was left unfinished. */
  readonly endProgress: () => void
  /** Opens a file that lines are added to while training goes on. */
  readonly openLines: (path: string) => Lines
  /** Writes a PNG file, all of it or nothing. */
  readonly writePicture: (path: string, picture: Picture) => Promise<void>
  /** Writes a frame of a GIF file in place of what there is from there on; the file is whole all the time. */
  readonly writeFrame: (path: string, picture: Picture, frame: number, seconds: number) => Promise<void>
  /** Runs a program to its end; gives why it failed, or undefined. */
  readonly runProgram: (argv: ReadonlyArray<string>, options: ProgramOptions) => Promise<string | undefined>
  /** Whether there is a file or folder. */
  readonly isThere: (path: string) => boolean
  /** Opens an event file for TensorBoard in a folder. */
  readonly summaryWriter: (folder: string, options: SummaryWriterSettings) => SummaryWriter
  /** Takes a folder for a run's backups, which no other run may have meanwhile. */
  readonly backups: (folder: string) => BackupFolder
  /** Has a function called when the process is asked to end; gives back how to let go. */
  readonly onInterrupt: (interrupted: (signal: string) => void) => () => void
}

export interface ProgramOptions {
  /** milliseconds after which it is ended */
  readonly timeout: number
  /** ends it */
  readonly signal: AbortSignal
}

export interface SummaryWriterSettings {
  readonly now: () => number
  /** an event file that was begun, to go on with */
  readonly file?: string
}

/** How far a growing file was written, and what was in it. */
export interface LogMark {
  readonly size: number
  readonly crc: number
}

/** Backups of one run: its checkpoints, what happened between them, and the files that it has written to. */
export interface BackupFolder {
  readonly dir: string
  /** paths of the checkpoints, newest first */
  readonly list: () => ReadonlyArray<string>
  /** where the next one goes */
  readonly next: () => string
  /** removes all checkpoints but these */
  readonly keep: (paths: ReadonlyArray<string>) => void
  /** adds to the log of what happened, and says how far it goes now */
  readonly append: (lines: string) => LogMark
  /**
   * Goes back to an earlier moment: the log as far as it went then, and files as long as they were; those that the run hadn't
   * written to are as they were before it. Gives the log, whether it is damaged, and the files that are shorter than they should be.
   */
  readonly rewind: (
    mark: LogMark,
    files: Readonly<Record<string, number>>,
  ) => { readonly log: string; readonly short: ReadonlyArray<string>; readonly damaged: boolean }
  /** the files that were noted */
  readonly touched: () => ReadonlyArray<string>
  /** notes a file before the run first writes to it */
  readonly touch: (path: string) => void
  /** length of each such file that is there, safe on the disk */
  readonly sizes: () => Readonly<Record<string, number>>
  /** removes everything: the run is over */
  readonly discard: () => void
  /** lets others have the folder; harmless twice */
  readonly close: () => void
}

export interface AppendOptions {
  readonly truncate?: boolean
  readonly header?: string
}

export interface Lines {
  readonly write: (lines: string) => void
  readonly close: () => void
}

/** A model as tfjs hands it over and takes it back (`tf.io.ModelArtifacts`, seen from here). */
export interface Artifacts {
  readonly modelTopology?: unknown
  readonly weightSpecs?: ReadonlyArray<unknown>
  readonly weightData?: ArrayBuffer | ReadonlyArray<ArrayBuffer>
  readonly [more: string]: unknown
}

/** What a checkpoint has beside its model. */
export interface CheckpointParts {
  readonly info: JsonObject
  readonly data: Uint8Array
}

export interface ModelStore {
  /** with `more`, a checkpoint: its info goes beside the model, its data into a file of their own */
  readonly save: (artifacts: Artifacts, what: 'model' | 'weights', more?: CheckpointParts) => Promise<void>
  readonly exists: () => boolean
  readonly load: () => Promise<Artifacts & { readonly checkpoint?: CheckpointParts }>
  /** Makes it a link to the model under another path; false where that can't be. */
  readonly linkTo: (path: string) => Promise<boolean>
  readonly remove: () => Promise<void>
}
