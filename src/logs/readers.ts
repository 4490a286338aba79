import type { EpochsOptions } from './fromEpochs.js'
import type { LogFile } from './file.js'
import { kerasCsv } from './kerasCsv.js'
import { record } from './record.js'
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

/** Every format there is; the first that matches is taken. A new one adds a file and a line here. */
export const readers = [record, kerasCsv] as const satisfies ReadonlyArray<Reader>

export type LogFormat = (typeof readers)[number]['name']
