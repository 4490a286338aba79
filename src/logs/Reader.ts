import type { EpochsOptions } from './fromEpochs.js'
import type { LogFile } from './file.js'
import type { TrainingLog } from './TrainingLog.js'

/** What a caller knows of a log that the log may not say. */
export type ReaderOptions = Pick<EpochsOptions, 'learningRate' | 'batchesPerEpoch'>

/** Knows one format of log. */
export interface Reader {
  readonly name: string
  /** what such a file looks like, for the message when nothing matches */
  readonly looksLike: string
  /** whether a file that begins like this is one */
  readonly matches: (head: string, path: string) => boolean
  /** throws a LogError that names the line */
  readonly read: (file: LogFile, options: ReaderOptions) => TrainingLog
}
