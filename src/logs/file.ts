import { readFile, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { nearest } from '../dsl/nearest.js'
import { messageOf } from './text.js'
import { LogError } from './TrainingLog.js'

/** A log file in memory, as its reader gets it. */
export interface LogFile {
  readonly path: string
  /** its beginning, by which its format is known */
  readonly head: string
  /** all of it, without a byte order mark; throws a LogError if it isn't text */
  readonly text: () => string
}

const headBytes = 4096

/** A mistyped name is answered with the nearest one beside it. */
const missing = async (path: string): Promise<LogError> => {
  const beside = await readdir(dirname(path)).catch(() => [])
  const guess = nearest(basename(path), beside)
  return new LogError(
    path,
    null,
    `no such file, expected a log${guess ? ` (did you mean '${join(dirname(path), guess)}'?)` : ''}`,
  )
}

const failures: Readonly<Record<string, string>> = {
  EISDIR: 'is a directory, expected a log file',
  EACCES: 'may not be read (permission denied)',
  EPERM: 'may not be read (permission denied)',
}

/** Why a file can't be read, in words. */
export const whyUnreadable = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException
  const known = typeof code === 'string' ? failures[code] : undefined
  // Node says 'ENOTDIR: not a directory, open '/a/b''; the path is said already
  const message = messageOf(error).replace(/, [a-z]+(?: '.*')?$/, '')
  return known ?? `can't be read (${code === undefined || message.includes(code) ? message : `${code}: ${message}`})`
}

export const isUtf16 = ([first, second]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)

/** A text file's content, without a byte order mark. Throws a LogError. */
export const decode = (bytes: Uint8Array, path: string): string => {
  if (isUtf16(bytes)) throw new LogError(path, null, 'is UTF-16 text, expected UTF-8')
  if (bytes.includes(0)) throw new LogError(path, null, 'is a binary file, expected text')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    const wrong = (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
    throw new LogError(path, null, wrong ? 'is not UTF-8 text' : whyUnreadable(error))
  }
}

/** Markers that only a version control system writes; a row of `=` alone may be anything. */
const conflict = /^(<{7}|>{7})( |$)/

const refuseConflicts = (text: string, path: string): string => {
  if (!text.includes('<<<<<<<') && !text.includes('>>>>>>>')) return text
  const at = linesOf(text).findIndex((line) => conflict.test(line))
  if (at >= 0) throw new LogError(path, at + 1, 'a merge conflict marker, expected a log: resolve the conflict first')
  return text
}

/** Reads a file, and refuses what can be no log at all: a directory, an empty file. */
export const openLog = async (path: string): Promise<LogFile> => {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? await missing(path)
      : new LogError(path, null, whyUnreadable(error))
  }
  const head = new TextDecoder().decode(bytes.subarray(0, headBytes))
  if (head.trim() === '' && bytes.length <= headBytes) throw new LogError(path, null, 'is empty, expected a log')
  return { path, head, text: () => refuseConflicts(decode(bytes, path), path) }
}

/** The lines of a text, whatever ends them. A last line without an end counts. */
export const linesOf = (text: string): ReadonlyArray<string> => {
  // Windows' text mode may turn CR LF into CR CR LF
  const lines = text.includes('\n') ? text.split('\n').map((line) => line.replace(/\r+$/, '')) : text.split('\r')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Whether the text's last line was cut off before its end could be written. */
export const endsMidLine = (text: string): boolean => !/[\r\n]$/.test(text)
