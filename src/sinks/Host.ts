import type { SummaryWriter } from '../tfevents/SummaryWriter.js'
import type { JsonObject } from '../dsl/Json.js'

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
  /** Opens an event file for TensorBoard in a folder. */
  readonly summaryWriter: (folder: string, options: { readonly now: () => number }) => SummaryWriter
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
  readonly load: () => Promise<Artifacts & { readonly checkpoint?: CheckpointParts }>
  /** Makes it a link to the model under another path; false where that can't be. */
  readonly linkTo: (path: string) => Promise<boolean>
  readonly remove: () => Promise<void>
}
