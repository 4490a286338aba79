import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { maskedCrc32c } from '../tfevents/crc32c.js'
import { ProtobufError } from '../tfevents/protobuf.js'
import { readEvent, type ReadEvent } from '../tfevents/readEvent.js'
import { recordReader } from '../tfevents/records.js'
import { whyUnreadable } from './file.js'
import { LogError } from './TrainingLog.js'

/** The points of one tag of one run, in rising steps. */
export interface EventSeries {
  /** the folder that it was written to, seen from the one that was read: 'train', 'validation'; '' is that one itself */
  readonly run: string
  readonly tag: string
  readonly steps: ReadonlyArray<number>
  /** milliseconds since 1970 */
  readonly times: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
}

/** What was read of event files. */
export interface EventLog {
  /** what runs are named from */
  readonly folder: string
  readonly files: ReadonlyArray<string>
  readonly series: ReadonlyArray<EventSeries>
  /** what was passed over, and why */
  readonly notes: ReadonlyArray<string>
}

const chunkBytes = 1 << 20

/** Whether bytes begin as an event file does: the length of its first record has the right CRC. */
const looksLikeEvents = (head: Uint8Array): boolean =>
  head.length >= 12 &&
  new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(8, true) === maskedCrc32c(head.subarray(0, 8))

const named = (name: string): boolean => name.includes('tfevents')

/** Event files below a folder, in the order in which they were begun. */
const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory())
        return entry.name.startsWith('.') || entry.name === 'node_modules' ? [] : filesBelow(path)
      return entry.isFile() && named(entry.name) ? [path] : []
    })

/** Whether a path is an event file, by its content; not so where it can't be read, which whoever reads it says. */
export const isEventFile = (path: string): boolean => {
  let file: number | undefined
  try {
    if (!statSync(path).isFile()) return false
    file = openSync(path, 'r')
    const head = Buffer.alloc(12)
    return looksLikeEvents(head.subarray(0, readSync(file, head, 0, 12, 0)))
  } catch {
    return false
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Reads a file piece by piece; what is wrong with it, if anything is. */
const readFile = (path: string, onEvent: (event: ReadEvent) => void): ReadonlyArray<string> => {
  const notes: Array<string> = []
  let [records, strange] = [0, 0]
  const reader = recordReader((data) => {
    records += 1
    try {
      onEvent(readEvent(data))
    } catch (error) {
      if (!(error instanceof ProtobufError)) throw error
      strange += 1
    }
  })
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes)
      const length = readSync(file, chunk, 0, chunkBytes, null)
      if (length === 0) break
      reader.push(chunk.subarray(0, length))
    }
  } finally {
    closeSync(file)
  }
  const fault = reader.end()
  if (fault && records === 0)
    throw new LogError(path, null, `is no event file: its first record is bad: ${fault.problem}`)
  if (records > 0 && strange === records)
    throw new LogError(path, null, 'is no event file: it holds records, and none of them is an event')
  const name = basename(path)
  if (strange > 0) notes.push(`${name}: left out ${strange} records that are no events`)
  if (fault?.kind === 'torn') notes.push(`${name}: its last record was cut off (${fault.problem})`)
  if (fault?.kind === 'damaged') notes.push(`${name}: left out what follows byte ${fault.at}: ${fault.problem}`)
  return notes
}

interface Points {
  readonly run: string
  readonly tag: string
  readonly steps: Array<number>
  readonly times: Array<number>
  readonly values: Array<number>
  /** points that a later one of the same step took the place of */
  repeated: number
  /** points of later steps than one that was written after them */
  replaced: number
}

/** A run that goes back to an earlier step was resumed from there: what it had written of later steps counts no more. */
const add = (points: Points, step: number, time: number, value: number): void => {
  const { steps, times, values } = points
  for (let last = steps.at(-1); last !== undefined && last >= step; last = steps.at(-1)) {
    if (last === step) points.repeated += 1
    else points.replaced += 1
    steps.pop()
    times.pop()
    values.pop()
  }
  steps.push(step)
  times.push(time)
  values.push(value)
}

const list = (items: Iterable<string>, most = 4): string => {
  const all = [...items]
  return all.length <= most ? all.join(', ') : `${all.slice(0, most - 1).join(', ')} and ${all.length - most + 1} more`
}

/**
 * Reads the scalars of TensorBoard's event files: of one file, or of all below a folder. Files of one folder are one run, whose
 * points are merged by step: where a later file, or a later record, goes back to an earlier step, it takes the place of what was
 * there. Written by TensorFlow 1 and 2, PyTorch, Keras, rxfit or others. CRCs are checked; what comes behind a damaged record is
 * left out, as is a record that was cut off, and `notes` say so, as they say which tags are no scalars.
 * @category logs
 * @throws LogError where there is no such path, no event file, or one that isn't
 * @example
 * import { mkdtempSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { readEvents } from 'rxfit/logs'
 * import { summaryWriter } from 'rxfit/node'
 * const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
 * const writer = summaryWriter(join(dir, 'train'))
 * writer.scalar('epoch_loss', 0.5, 0)
 * writer.close()
 * readEvents(dir).series.map(({ run, tag, values }) => [run, tag, values]) // => [['train', 'epoch_loss', [0.5]]]
 */
export const readEvents = (path: string): EventLog => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) throw new LogError(path, null, 'no such file or folder, expected event files of TensorBoard')
  try {
    const files = found.isDirectory() ? filesBelow(path) : [path]
    if (files.length === 0)
      throw new LogError(path, null, "there is no event file in it: expected one with 'tfevents' in its name")
    return merge(
      resolve(found.isDirectory() ? path : dirname(path)),
      files.map((file) => resolve(file)),
    )
  } catch (error) {
    throw error instanceof LogError ? error : new LogError(path, null, whyUnreadable(error))
  }
}

const merge = (folder: string, files: ReadonlyArray<string>): EventLog => {
  const all = new Map<string, Map<string, Points>>()
  const others = new Map<string, Set<string>>()
  const notes: Array<string> = []
  for (const path of files) {
    const run = relative(folder, dirname(path))
    const series = all.get(run) ?? new Map<string, Points>()
    all.set(run, series)
    const told = readFile(path, ({ wallTime, step, values }) => {
      for (const { tag, value, kind } of values) {
        if (value === undefined) others.set(kind, (others.get(kind) ?? new Set()).add(tag))
        else {
          const points = series.get(tag) ?? { run, tag, steps: [], times: [], values: [], repeated: 0, replaced: 0 }
          series.set(tag, points)
          add(points, step, wallTime * 1000, value)
        }
      }
    })
    notes.push(...told)
  }
  const points = [...all.values()].flatMap((series) => [...series.values()])
  return {
    folder,
    files,
    series: points.map(({ run, tag, steps, times, values }) => ({ run, tag, steps, times, values })),
    notes: [
      ...notes,
      ...points.flatMap(({ run, tag, replaced, repeated }) =>
        replaced > 0
          ? [
              `${join(run, tag)}: its steps go back, as when a run is resumed: ${replaced + repeated} points gave way to later ones`,
            ]
          : repeated > 0
            ? [`${join(run, tag)}: written twice at ${repeated} steps: the later ones count`]
            : [],
      ),
      ...[...others].map(([kind, tags]) => `left out, being no scalars (${kind}): ${list(tags)}`),
    ],
  }
}
