import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { whyUnreadable } from './file.js'
import { LogError } from './TrainingLog.js'

/** Hears of a file that grows. */
export interface TailListener {
  /** what was heard so far is of another file, or of one that isn't so any more: all begins anew */
  readonly anew: (why: 'replaced' | 'truncated') => void
  readonly line: (text: string) => void
}

const chunkBytes = 1 << 20
const markBytes = 256

/** Bytes at a place of a file, by which it is known again. */
interface Mark {
  readonly at: number
  readonly bytes: Buffer
}

const markAt = (descriptor: number, from: number, to: number): Mark => {
  const at = Math.max(0, from)
  const bytes = Buffer.alloc(to - at)
  return { at, bytes: bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, at)) }
}

const holds = (descriptor: number, { at, bytes }: Mark): boolean =>
  markAt(descriptor, at, at + bytes.length).bytes.equals(bytes)

/**
 * A file that grows: each look tells the lines that were ended since the last one. A line whose end isn't written yet waits. A file
 * that takes another's place, or is written anew, is noticed and read from its beginning.
 */
export class Tail {
  private file: string | undefined
  /** how the file begins, and what stood before the place where the next look goes on */
  private marks: ReadonlyArray<Mark> = []
  private at = 0
  private rest: Buffer = Buffer.alloc(0)

  constructor(readonly path: string) {}

  look(listener: TailListener): 'absent' | 'same' | 'grown' {
    let descriptor: number
    try {
      descriptor = openSync(this.path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent'
      throw new LogError(this.path, null, whyUnreadable(error))
    }
    try {
      return this.read(descriptor, listener) ? 'grown' : 'same'
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw code === undefined ? error : new LogError(this.path, null, whyUnreadable(error))
    } finally {
      closeSync(descriptor)
    }
  }

  private read(descriptor: number, listener: TailListener): boolean {
    const { size, ino, dev } = fstatSync(descriptor)
    const file = `${dev}:${ino}`
    const why = this.file === undefined ? undefined : this.changed(descriptor, file, size)
    if (why) {
      this.at = 0
      this.rest = Buffer.alloc(0)
      listener.anew(why)
    }
    this.file = file
    let heard = why !== undefined
    const bytes = Buffer.allocUnsafe(chunkBytes)
    for (;;) {
      const count = readSync(descriptor, bytes, 0, chunkBytes, this.at)
      if (count === 0) break
      this.at += count
      const whole = Buffer.concat([this.rest, bytes.subarray(0, count)])
      const end = whole.lastIndexOf(10) + 1
      this.rest = whole.subarray(end)
      if (end === 0) continue
      heard = true
      for (const line of whole.toString('utf8', 0, end - 1).split('\n')) listener.line(line.replace(/\r+$/, ''))
    }
    this.marks = [markAt(descriptor, 0, Math.min(this.at, markBytes)), markAt(descriptor, this.at - markBytes, this.at)]
    return heard
  }

  /** Why the file is not the one that was read, or not any more. */
  private changed(descriptor: number, file: string, size: number): 'replaced' | 'truncated' | undefined {
    if (this.file !== file) return 'replaced'
    if (size < this.at) return 'truncated'
    return this.marks.every((mark) => holds(descriptor, mark)) ? undefined : 'replaced'
  }
}
