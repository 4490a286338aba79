import { statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join as below, relative } from 'node:path'
import { dvcliveLayout, intoSeries as fromDvclive, dvclive } from './formats/dvclive.js'
import { missing, openLog, whyUnreadable } from './file.js'
import type { Layout } from './Layout.js'
import { intoSeries as fromMlflow, mlflow, mlflowLayout } from './formats/mlflow.js'
import type { Consumer, Reader, ReaderOptions } from './Reader.js'
import { isEventFile } from './readEvents.js'
import { readers } from './readers.js'
import { join, Series } from './series.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

/** Logs that are a folder: each metric has a file of its own. */
interface FolderFormat {
  readonly name: string
  /** the folders, seen from the run's, that may hold the metrics; '' is the run's own */
  readonly inside: ReadonlyArray<string>
  readonly isMetric: (file: string, reader: Reader | undefined) => boolean
  readonly layout: Layout
  readonly into: (series: Series, path: string) => Consumer['line']
  readonly metric: (inside: string) => string
}

const formats: ReadonlyArray<FolderFormat> = [
  {
    name: 'mlflow',
    inside: ['metrics', ''],
    isMetric: (_, reader) => reader === mlflow,
    layout: mlflowLayout,
    into: fromMlflow,
    metric: (inside) => inside,
  },
  {
    name: 'dvclive',
    inside: [below('plots', 'metrics'), 'scalars', ''],
    isMetric: (file, reader) => file.endsWith('.tsv') && reader === dvclive,
    layout: dvcliveLayout,
    into: fromDvclive,
    metric: (inside) => inside.replace(/\.tsv$/, ''),
  },
]

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** Whether a path is a folder; one that isn't there is said so. */
export const checkFolder = async (path: string): Promise<boolean> => {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? await missing(path)
      : new LogError(path, null, whyUnreadable(error))
  }
}

const hidden = new Set(['node_modules', '__pycache__'])

const entriesOf = async (folder: string): Promise<ReadonlyArray<string>> => {
  try {
    const names = await readdir(folder)
    return names.filter((name) => !name.startsWith('.') && !hidden.has(name)).sort()
  } catch (error) {
    throw new LogError(folder, null, whyUnreadable(error))
  }
}

/** Every file below a folder. */
const filesBelow = async (folder: string): Promise<ReadonlyArray<string>> => {
  const files: Array<string> = []
  for (const name of await entriesOf(folder)) {
    const path = below(folder, name)
    if (isFolder(path)) files.push(...(await filesBelow(path)))
    else if (statSync(path).isFile()) files.push(path)
  }
  return files
}

/** Which format a file is; undefined for what is no log. */
const readerOf = (path: string): Reader | undefined => {
  try {
    const file = openLog(path)
    file.close()
    return (readers as ReadonlyArray<Reader>).find((reader) => reader.matches(file.head))
  } catch {
    // it is found out, and said, when it is read for itself
    return undefined
  }
}

/** Whether files are event files, at least one, and what else is no log. */
const holdsEvents = (files: ReadonlyArray<string>): boolean =>
  files.some(isEventFile) && files.every((file) => isEventFile(file) || readerOf(file) === undefined)

/** Whether a folder is one run that was logged for TensorBoard: it holds event files, or Keras' two folders of them and nothing else. */
export const isEventFolder = async (path: string): Promise<boolean> => {
  const inside = async (folder: string): Promise<ReadonlyArray<string>> =>
    (await entriesOf(folder)).map((name) => below(folder, name))
  const entries = await inside(path)
  const files = entries.filter((entry) => !isFolder(entry))
  const folders = entries.filter(isFolder)
  if (holdsEvents(files)) return true
  const keras = folders.length > 0 && folders.every((folder) => ['train', 'validation'].includes(basename(folder)))
  if (!keras || files.some((file) => readerOf(file))) return false
  return (await Promise.all(folders.map(inside))).every(holdsEvents)
}

interface FolderLog {
  readonly format: FolderFormat
  readonly folder: string
  readonly files: ReadonlyArray<string>
}

/** The log that a folder is, if it is one. */
const folderLog = async (path: string): Promise<FolderLog | undefined> => {
  for (const format of formats)
    for (const inside of format.inside) {
      const folder = below(path, inside)
      if (!isFolder(folder)) continue
      // the run's own folder holds nothing but metrics, and no runs of its own
      const candidates =
        inside === ''
          ? (await entriesOf(folder)).map((name) => below(folder, name)).filter((file) => !isFolder(file))
          : await filesBelow(folder)
      if (candidates.length > 0 && candidates.every((file) => format.isMetric(file, readerOf(file))))
        return { format, folder, files: candidates }
    }
  return undefined
}

const readFiles = ({ format, folder, files }: FolderLog, path: string, options: ReaderOptions): TrainingLog => {
  const all: Array<Series> = []
  const notes: Array<string> = []
  for (const name of files) {
    const series = new Series(format.metric(relative(folder, name)))
    try {
      const file = openLog(name)
      try {
        const take = format.into(series, name)
        for (const line of file.lines()) take(line)
      } finally {
        file.close()
      }
      all.push(series)
    } catch (error) {
      if (!(error instanceof LogError) || !error.message.includes('is empty')) throw error
      notes.push(`left out: ${basename(name)} (is empty)`)
    }
  }
  return join(all, path, format.layout, options, [`${files.length} files in ${folder}`, ...notes])
}

/** What there is in a folder: logs, which may be folders themselves, and other files. */
export interface Found {
  readonly logs: ReadonlyArray<string>
  readonly passed: ReadonlyArray<string>
}

/**
 * The logs below a folder, in the order of their names; a path that is no folder stands for itself. Rejects with a `LogError`
 * where there is no such path.
 * @category logs
 * @example
 * import { mkdtempSync, writeFileSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { basename, join } from 'node:path'
 * import { findLogs } from 'rxfit/logs'
 * const folder = mkdtempSync(join(tmpdir(), 'rxfit-'))
 * writeFileSync(join(folder, 'a.csv'), 'epoch,loss\n0,1\n')
 * writeFileSync(join(folder, 'notes.txt'), 'nothing\n')
 * const found = await findLogs(folder)
 * found.logs.map((path) => basename(path)) // => ['a.csv']
 * found.passed.map((path) => basename(path)) // => ['notes.txt']
 */
export const findLogs = async (path: string): Promise<Found> => {
  if (!(await checkFolder(path)) || (await folderLog(path)) || (await isEventFolder(path)))
    return { logs: [path], passed: [] }
  const logs: Array<string> = []
  const passed: Array<string> = []
  for (const name of await entriesOf(path)) {
    const inner = below(path, name)
    if (isFolder(inner)) {
      const found = await findLogs(inner)
      logs.push(...found.logs)
      passed.push(...found.passed)
    } else if (readerOf(inner) || isEventFile(inner)) logs.push(inner)
    else passed.push(inner)
  }
  return { logs, passed }
}

/** Reads a folder that is one log, or that holds the one log there is. */
export const readFolder = async (
  path: string,
  options: ReaderOptions,
  readOne: (path: string) => Promise<TrainingLog>,
): Promise<TrainingLog> => {
  const log = await folderLog(path)
  if (log) return readFiles(log, path, options)
  const { logs, passed } = await findLogs(path)
  const [only] = logs
  if (logs.length === 1 && only !== undefined) return readOne(only)
  if (logs.length === 0)
    throw new LogError(
      path,
      null,
      `is a directory without a log, expected a log file${passed.length > 0 ? ` (${passed.length} other files)` : ''}`,
    )
  throw new LogError(
    path,
    null,
    `is a directory with ${logs.length} logs, expected one: ${logs.slice(0, 4).join(', ')}${logs.length > 4 ? ` and ${logs.length - 4} more` : ''}`,
  )
}
