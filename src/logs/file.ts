import { isAscii } from 'node:buffer'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { nearest } from '../dsl/nearest.js'
import { Head } from './Head.js'
import type { Consumer, Line } from './Reader.js'
import { messageOf } from './text.js'
import { LogError } from './TrainingLog.js'

/** A log file that is open, and whose beginning has been looked at. */
export interface LogFile {
  readonly path: string
  readonly head: Head
  /** its lines, one at a time; throws a LogError if it isn't text */
  readonly lines: (take?: Consumer['bytes']) => Iterable<Line>
  readonly again: ((from: number) => Iterable<Line>) | undefined
  readonly close: () => void
}

const headBytes = 65_536
const chunkBytes = 1 << 20
/** No text can be longer. */
const longestLine = 500_000_000

/** A mistyped name is answered with the nearest one beside it. */
export const missing = async (path: string): Promise<LogError> => {
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

/** Makes text of bytes that come piece by piece; a byte order mark is left out. */
const decoder = (path: string): ((bytes: Uint8Array, more: boolean) => string) => {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let begun = false
  return (bytes, more) => {
    if (!begun && isUtf16(bytes)) throw new LogError(path, null, 'is UTF-16 text, expected UTF-8')
    begun = true
    // a character that was cut off at the end of the file is in a line that was cut off
    if (bytes.length === 0) return ''
    if (bytes.includes(0)) throw new LogError(path, null, 'is a binary file, expected text')
    try {
      return utf8.decode(bytes, { stream: more })
    } catch (error) {
      const wrong = (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
      throw new LogError(path, null, wrong ? 'is not UTF-8 text' : whyUnreadable(error))
    }
  }
}

/** A text file's content, without a byte order mark. Throws a LogError. */
export const decode = (bytes: Uint8Array, path: string): string => decoder(path)(bytes, false)

/** Markers that only a version control system writes; a row of `=` alone may be anything. */
const conflict = /^(<{7}|>{7})( |$)/

/** Text without the carriage returns behind it: Windows' text mode may turn CR LF into CR CR LF. */
const withoutReturns = (text: string): string => {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 13) end -= 1
  return end === text.length ? text : text.slice(0, end)
}

/** Cuts bytes into lines as they come. `from` and `first` are those of a file that is read from somewhere on. */
function* linesOf(
  chunks: Iterable<Buffer>,
  path: string,
  from = 0,
  take?: Consumer['bytes'],
): Generator<Line, void, undefined> {
  const decodeNext = decoder(path)
  let [number, end, at] = [0, '', from]
  let parts: Array<string> = []
  let held = 0
  let ascii = true
  const finish = (text: string, torn: boolean): Line => {
    const whole = parts.length === 0 ? text : parts.join('') + text
    parts = []
    held = 0
    number += 1
    const begins = at
    at += (ascii ? whole.length : Buffer.byteLength(whole)) + 1
    const line = withoutReturns(whole)
    const mark = line.charCodeAt(0)
    if ((mark === 60 || mark === 62) && conflict.test(line))
      throw new LogError(path, number, 'a merge conflict marker, expected a log: resolve the conflict first')
    return { text: line, number, torn, at: begins }
  }
  for (const chunk of chunks) {
    const last = take && end !== '\r' ? chunk.lastIndexOf(10) : -1
    if (take && last >= 0 && isAscii(chunk)) {
      end = '\n'
      const lines = chunk.subarray(0, last + 1)
      for (let next = 0; next < lines.length;) {
        if (parts.length === 0) {
          const taken = take(lines, next, number + 1)
          next += taken.bytes
          at += taken.bytes
          number += taken.lines
          if (next === lines.length) break
        }
        const feed = lines.indexOf(10, next)
        yield finish(decodeNext(lines.subarray(next, feed), true), false)
        next = feed + 1
      }
      const rest = decodeNext(chunk.subarray(last + 1), true)
      if (rest !== '') parts.push(rest)
      held = rest.length
      continue
    }
    const text = decodeNext(chunk, chunk.length > 0)
    // a file of many bytes to a character is measured line by line
    if (ascii && text.length !== chunk.length) {
      ascii = false
      // the byte order mark is in no line
      if (number === 0 && at === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) at = 3
    }
    if (end === '') end = text.includes('\n') || !text.includes('\r') ? '\n' : '\r'
    let start = 0
    for (;;) {
      const next = text.indexOf(end, start)
      if (next < 0) break
      yield finish(text.slice(start, next), false)
      start = next + 1
    }
    const rest = text.slice(start)
    if (rest !== '') {
      held += rest.length
      if (held > longestLine)
        throw new LogError(path, number + 1, `a line of more than ${longestLine} characters, expected a log`)
      parts.push(rest)
    }
  }
  // a carriage return whose line feed wasn't written ends a line all the same
  if (parts.length > 0) {
    const torn = !(parts.at(-1) as string).endsWith('\r')
    yield finish('', torn)
  }
}

/** The bytes of a file from here on, piece by piece, and an empty piece at the end. */
function* chunksOf(descriptor: number, path: string, position: number | null): Generator<Buffer, void, undefined> {
  let at = position
  // one piece is done with before the next is asked for
  const bytes = Buffer.allocUnsafe(chunkBytes)
  for (;;) {
    let count: number
    try {
      count = readSync(descriptor, bytes, 0, chunkBytes, at)
    } catch (error) {
      throw new LogError(path, null, whyUnreadable(error))
    }
    if (at !== null) at += count
    yield bytes.subarray(0, count)
    if (count === 0) return
  }
}

/** Reads a file a second time, from a byte on. */
function* again(path: string, from: number): Generator<Line, void, undefined> {
  const descriptor = openSync(path, 'r')
  try {
    yield* linesOf(chunksOf(descriptor, path, from), path, from)
  } finally {
    closeSync(descriptor)
  }
}

/** Opens a file, and refuses what can be no log at all: a directory, an empty file. */
export const openLog = (path: string): LogFile => {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch (error) {
    throw new LogError(path, null, whyUnreadable(error))
  }
  try {
    const isFile = fstatSync(descriptor).isFile()
    const first: Array<Buffer> = []
    let length = 0
    const rest = chunksOf(descriptor, path, null)
    let whole = false
    // a pipe gives little at a time
    while (length < headBytes && !whole) {
      const { value } = rest.next()
      whole = value === undefined || value.length === 0
      if (value) first.push(Buffer.from(value))
      length += value?.length ?? 0
    }
    const beginning = Buffer.concat(first).subarray(0, headBytes)
    const head = new Head(path, new TextDecoder().decode(beginning), whole && length <= headBytes)
    if (head.text.trim() === '' && head.whole) throw new LogError(path, null, 'is empty, expected a log')
    function* all(): Generator<Buffer, void, undefined> {
      yield* first
      if (!whole) yield* rest
    }
    return {
      path,
      head,
      lines: (take) => linesOf(all(), path, 0, take),
      again: isFile ? (from) => again(path, from) : undefined,
      close: () => closeSync(descriptor),
    }
  } catch (error) {
    closeSync(descriptor)
    throw error instanceof LogError ? error : new LogError(path, null, whyUnreadable(error))
  }
}
