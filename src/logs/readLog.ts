import { nearest } from '../dsl/nearest.js'
import { checkOptions } from './fromEpochs.js'
import { openLog, type LogFile } from './file.js'
import type { Reader, ReaderOptions } from './Reader.js'
import { readers as table, type LogFormat } from './readers.js'
import { messageOf } from './text.js'
import { hasEvents } from './readEvents.js'
import { tfeventsLog } from './tfevents.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

export interface ReadLogOptions extends ReaderOptions {
  /** 'rxfit', 'keras-csv' or 'tfevents'. Default: found from the content */
  readonly format?: LogFormat | 'tfevents'
}

const optionNames: ReadonlyArray<keyof ReadLogOptions> = ['format', 'learningRate', 'batchesPerEpoch']

const readers: ReadonlyArray<Reader> = table
const names = [...readers.map((reader) => reader.name), 'tfevents']

const named = (format: string, path: string): Reader => {
  const found = readers.find((reader) => reader.name === format)
  if (found) return found
  const guess = nearest(format, names)
  throw new LogError(
    path,
    null,
    `unknown format '${format}'${guess ? ` (did you mean '${guess}'?)` : ''}; there is ${names.join(', ')}`,
  )
}

const found = (file: LogFile): Reader => {
  const match = readers.find((reader) => reader.matches(file.head, file.path))
  if (match) return match
  // says what is wrong with the file itself, if that is it
  file.text()
  throw new LogError(
    file.path,
    1,
    `not a log that rxfit knows: expected ${readers.map((reader) => `${reader.looksLike} (${reader.name})`).join(', or ')}`,
  )
}

/**
 * Reads a recorded run: rxfit's own record, a CSV file as Keras' CSVLogger writes it, or TensorBoard's event files (one, or a folder
 * of them). Rejects with a
 * `LogError` that names the file, the line and what was expected; `notes` of the log say what was taken for what and what was
 * left out.
 * @category logs
 * @example
 * import { mkdtempSync, writeFileSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { readLog } from 'rxfit/logs'
 * const path = join(mkdtempSync(join(tmpdir(), 'rxfit-')), 'training.csv')
 * writeFileSync(path, 'epoch,loss,val_loss\r\n0,1.5,NA\r\n1,0.75,1.25\r\n')
 * const log = await readLog(path)
 * log.format // => 'keras-csv'
 * log.epochs // => 2
 * log.metrics // => ['loss', 'val_loss']
 */
export const readLog = async (path: string, options: ReadLogOptions = {}): Promise<TrainingLog> => {
  checkOptions(options, optionNames, path)
  const { format, ...known } = options
  if (format === 'tfevents' || (format === undefined && hasEvents(path))) return tfeventsLog(path, known)
  const forced = format === undefined ? undefined : named(format, path)
  const file = await openLog(path)
  try {
    return (forced ?? found(file)).read(file, known)
  } catch (error) {
    throw error instanceof LogError ? error : new LogError(path, null, `can't be read: ${messageOf(error)}`)
  }
}
