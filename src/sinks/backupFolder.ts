import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32c } from '../tfevents/crc32c.js'
import type { BackupFolder, LogMark } from './Host.js'
import { appendAll, syncFolderSync } from './files.js'
import { lock } from './lock.js'

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const syncPath = (path: string): void => {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Bytes in a file; null where there is none. */
const sizeOf = (path: string): number | null => {
  try {
    return statSync(path).size
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

const appendSafely = (path: string, text: string): void => {
  const isNew = !existsSync(path)
  const file = openSync(path, 'a')
  try {
    appendAll(file, Buffer.from(text))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  if (isNew) syncFolderSync(dirname(path))
}

/** Cuts a file to its first bytes; null: it wasn't there. */
const cut = (path: string, size: number | null): void => {
  if (size === null) {
    rmSync(path, { force: true })
    return
  }
  const file = openSync(path, 'r+')
  try {
    ftruncateSync(file, size)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

interface Touched {
  readonly path: string
  /** before this run wrote to it */
  readonly size: number | null
}

const touchedIn = (line: string): Touched | undefined => {
  try {
    const { path, size } = JSON.parse(line) as Partial<Touched>
    const known = size === null || (Number.isSafeInteger(size) && (size as number) >= 0)
    return typeof path === 'string' && path !== '' && known ? { path, size: size as number | null } : undefined
  } catch {
    return undefined
  }
}

/** The lines of a journal. A torn last one is of a file that hadn't been written to yet: it goes, or it would spoil the next. */
const readJournal = (path: string): ReadonlyArray<Touched> => {
  if (!existsSync(path)) return []
  const bytes = readFileSync(path)
  const whole = bytes.lastIndexOf('\n') + 1
  if (whole < bytes.length) cut(path, whole)
  const lines = bytes.toString('utf8', 0, whole).split('\n').slice(0, -1)
  return lines.map((line, i) => {
    const touched = touchedIn(line)
    if (touched) return touched
    throw new Error(
      `resume: ${path}, line ${i + 1}: damaged: it says which files the run has written to, and how long they were before. Put the line right, or remove the folder to begin anew`,
    )
  })
}

const number = (name: string): number => Number(/^checkpoint-(\d+)$/.exec(name)?.[1] ?? NaN)

/**
 * A folder of backups. Its checkpoints are models as `modelFolder` writes them, `checkpoint-000001` and on; `log.jsonl` grows by
 * what has happened since the last one; `files.jsonl` names the files that the run writes to, and how long each was before, so
 * that they can be cut back. One run at a time may have the folder.
 */
export const backupFolder = (dir: string): BackupFolder => {
  mkdirSync(dir, { recursive: true })
  const taken = lock(dir, 'the backup folder')
  const log = join(dir, 'log.jsonl')
  const journal = join(dir, 'files.jsonl')
  const names = (): ReadonlyArray<string> =>
    readdirSync(dir)
      .filter((name) => !Number.isNaN(number(name)))
      .sort((a, b) => number(b) - number(a))
  try {
    const touched = new Map(readJournal(journal).map(({ path, size }) => [path, size]))
    let mark: LogMark = { size: 0, crc: 0 }
    return {
      dir,
      list: () =>
        names()
          .filter((name) => existsSync(join(dir, name, 'model.json')))
          .map((name) => join(dir, name)),
      next: () => join(dir, `checkpoint-${String((number(names()[0] ?? '') || 0) + 1).padStart(6, '0')}`),
      keep: (paths) => {
        for (const name of names()) if (paths.includes(join(dir, name))) syncFolderSync(join(dir, name))
        syncFolderSync(dir)
        for (const name of names())
          if (!paths.includes(join(dir, name))) rmSync(join(dir, name), { recursive: true, force: true })
      },
      append: (lines) => {
        if (lines !== '') appendSafely(log, lines)
        const bytes = Buffer.from(lines)
        mark = { size: mark.size + bytes.length, crc: crc32c(bytes, 0, bytes.length, mark.crc) }
        return mark
      },
      rewind: (to, files) => {
        const bytes = existsSync(log) ? readFileSync(log).subarray(0, to.size) : Buffer.alloc(0)
        if (existsSync(log)) cut(log, bytes.length)
        mark = { size: bytes.length, crc: crc32c(bytes) }
        const damaged = mark.size !== to.size || mark.crc !== to.crc
        const known = new Map([...touched, ...Object.entries(files)])
        const short: Array<string> = []
        for (const [path, size] of known) {
          const now = sizeOf(path)
          if (now !== null && (size === null || now >= size)) cut(path, size)
          // what was there before the run began is no business of a resume
          else if (size !== null && Object.hasOwn(files, path)) short.push(path)
        }
        return { log: bytes.toString(), short, damaged }
      },
      touched: () => [...touched.keys()],
      touch: (path) => {
        if (touched.has(path)) return
        const size = sizeOf(path)
        appendSafely(journal, `${JSON.stringify({ path, size })}\n`)
        touched.set(path, size)
      },
      sizes: () => {
        const sizes: Record<string, number> = {}
        for (const path of touched.keys()) {
          const size = sizeOf(path)
          if (size === null) continue
          syncPath(path)
          sizes[path] = size
        }
        return sizes
      },
      discard: () => {
        // the checkpoints go first: what is left without them is begun anew
        for (const name of names()) rmSync(join(dir, name), { recursive: true, force: true })
        for (const path of [log, journal]) rmSync(path, { force: true })
        taken.release()
        if (readdirSync(dir).length === 0) rmdirSync(dir)
      },
      close: taken.release,
    }
  } catch (error) {
    taken.release()
    throw error
  }
}
