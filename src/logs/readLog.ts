import { nearest } from '../dsl/nearest.js'
import { openLog, type LogFile } from './file.js'
import { checkFolder, isEventFolder, readFolder } from './folders.js'
import type { Head } from './Head.js'
import { checkOptions } from './options.js'
import { isEventFile } from './readEvents.js'
import type { Reader, ReaderOptions } from './Reader.js'
import { formats, readers as table, type LogFormat } from './readers.js'
import { messageOf, shown } from './text.js'
import { tfeventsLog } from './formats/tfevents.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

export interface ReadLogOptions extends ReaderOptions {
  /** 'rxfit', 'keras-csv' … Default: found from the content */
  readonly format?: LogFormat
}

const optionNames: ReadonlyArray<keyof ReadLogOptions> = [
  ...(['format', 'learningRate', 'batchesPerEpoch', 'segment', 'unit', 'pattern'] as const),
]

const readers: ReadonlyArray<Reader> = table

const named = (format: string, path: string): Reader => {
  const found = readers.find((reader) => reader.name === format)
  if (found) return found
  const guess = nearest(format, formats)
  throw new LogError(
    path,
    null,
    `unknown format '${format}'${guess ? ` (did you mean '${guess}'?)` : ''}; there is ${formats.join(', ')}`,
  )
}

const found = (head: Head): Reader | undefined => readers.find((reader) => reader.matches(head))

/** Says what is wrong with the file itself, if that is it. */
const refuse = (file: LogFile): never => {
  for (const _ of file.lines());
  throw new LogError(
    file.path,
    1,
    `not a log that rxfit knows: expected ${readers.map((reader) => `${reader.looksLike} (${reader.name})`).join(', or ')}`,
  )
}

const checkSegment = (segment: unknown, path: string): void => {
  const whole = Number.isSafeInteger(segment) && (segment as number) >= 1
  if (segment === undefined || segment === 'last' || segment === 'joined' || whole) return
  throw new LogError(path, null, `segment must be 'last', 'joined' or a whole number from 1, got ${shown(segment)}`)
}

const checkUnit = (unit: unknown, path: string): void => {
  if (unit !== undefined && unit !== 'epoch' && unit !== 'evaluation' && unit !== 'row')
    throw new LogError(path, null, `unit must be 'epoch', 'evaluation' or 'row', got ${shown(unit)}`)
}

/**
 * Reads a recorded run from a file, or from a folder that is one log: rxfit's own record, or what one of many frameworks wrote
 * (docs/logs.md lists them). The format is found from the content. Rejects with a `LogError` that names the file, the line and
 * what was expected; `notes` of the log say what was taken for what and what was left out.
 *
 * `segment` is the run to be read where a file has several: 'last' (default), a number from 1, or 'joined'. `unit` is what counts
 * as an epoch: 'epoch', 'evaluation' or 'row'. `pattern` reads lines of text.
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
  checkSegment(known.segment, path)
  checkUnit(known.unit, path)
  if (known.pattern !== undefined && format !== undefined && format !== 'text')
    throw new LogError(path, null, `a pattern is for text, and format is '${format}'`)
  const folder = await checkFolder(path)
  const events = folder ? await isEventFolder(path) : isEventFile(path)
  if (format === 'tfevents' || (events && format === undefined && known.pattern === undefined))
    return tfeventsLog(path, known)
  const forced =
    format !== undefined ? named(format, path) : known.pattern === undefined ? undefined : named('text', path)
  if (folder) return readFolder(path, known, (file) => readLog(file, options))
  const file = openLog(path)
  try {
    const { head, again } = file
    const consumer = (forced ?? found(head) ?? refuse(file)).open({ path, head, options: known, again })
    for (const line of file.lines(consumer.bytes)) consumer.line(line)
    return consumer.end()
  } catch (error) {
    throw error instanceof LogError ? error : new LogError(path, null, `can't be read: ${messageOf(error)}`)
  } finally {
    file.close()
  }
}
