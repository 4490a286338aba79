import type { EpochsOptions } from './fromEpochs.js'
import type { Head } from './Head.js'
import type { Unit } from './Layout.js'
import type { Segment } from './Segments.js'
import type { TrainingLog } from './TrainingLog.js'

/** What a caller knows of a log that the log may not say, and which part of it is to be read. */
export interface ReaderOptions extends Pick<EpochsOptions, 'learningRate' | 'batchesPerEpoch'> {
  /** which run, where the file holds several: 'last' (default), a number from 1, or 'joined' as one run that was resumed */
  readonly segment?: Segment
  /** what counts as an epoch: 'epoch', 'evaluation' or 'row'. Default: found from the rows */
  readonly unit?: Unit
  /** how lines of text are read: `'step {step} loss {loss}'`; several for lines of several kinds */
  readonly pattern?: string | ReadonlyArray<string>
}

/** What a reader gets to know before the first line. */
export interface Context {
  readonly path: string
  readonly head: Head
  readonly options: ReaderOptions
  /** reads the file once more from a byte on, a line at a time; undefined where it can't be read twice (a pipe) */
  readonly again: ((from: number) => Iterable<Line>) | undefined
}

/** A line of the file. */
export interface Line {
  readonly text: string
  /** from 1 */
  readonly number: number
  /** the last line, whose end was not written: it may have been cut off */
  readonly torn: boolean
  /** byte at which it begins, without a byte order mark */
  readonly at: number
}

/** How much was taken without making a text of it. */
export interface Taken {
  readonly bytes: number
  readonly lines: number
}

/** Takes a file's lines one by one, as they are read; keeps of them only what it must. */
export interface Consumer {
  /**
   * takes as many of the lines that begin at that byte as it can without their text, whole lines of ASCII; gives how many bytes
   * and how many lines those were. A shorter way for the rows of a table.
   */
  readonly bytes?: (bytes: Buffer, from: number, line: number) => Taken
  readonly line: (line: Line) => void
  readonly end: () => TrainingLog
}

/** Knows one format of log. */
export interface Reader {
  readonly name: string
  /** what such a file looks like, for the message when nothing matches */
  readonly looksLike: string
  /** whether a file that begins like this is one */
  readonly matches: (head: Head) => boolean
  /** what it gives throws a LogError that names the line */
  readonly open: (context: Context) => Consumer
}
