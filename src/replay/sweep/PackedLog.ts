import type { Logs, Tag, TrainingEvent } from '../../dsl/TrainingEvent.js'
import { eventsOf } from '../../logs/lazy.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'

/** Names that an event's logs hold, in their order, and those that weren't measured. */
interface Shape {
  readonly tag: Tag
  readonly names: ReadonlyArray<string>
  /** fields that only this event has: `params`, `reason`, `missing` … as they are */
  readonly more: object
}

/**
 * A log as columns of numbers: small, and several threads can read the same. Holds the events that somebody acts at, and no
 * commands; `unpack` makes the log of it again, for as long as it is needed.
 */
export interface PackedLog {
  readonly about: Omit<TrainingLog, 'events' | 'stream' | 'size' | 'commands'>
  readonly shapes: ReadonlyArray<Shape>
  /** which shape each event has */
  readonly shape: Int32Array
  readonly epoch: Int32Array
  /** -1: no batch */
  readonly batch: Int32Array
  readonly step: Float64Array
  readonly at: Float64Array
  readonly lr: Float64Array
  /** the events' metrics, one event behind another */
  readonly values: Float64Array
}

/** What every event has; anything else is kept beside the numbers. */
const common = new Set(['_tag', 'epoch', 'batch', 'step', 'at', 'lr', 'logs'])

const shapeOf = (event: TrainingEvent): Shape => ({
  tag: event._tag,
  names: Object.keys(event.logs),
  more: Object.fromEntries(Object.entries(event).filter(([name]) => !common.has(name))),
})

type Buffers = (bytes: number) => ArrayBuffer | SharedArrayBuffer

/** Packs the events of these tags, and those that any replay needs. */
export const pack = (log: TrainingLog, tags: ReadonlyArray<Tag>, buffer: Buffers): PackedLog => {
  const wanted = new Set<Tag>(['TrainBegin', 'EpochEnd', 'BatchEnd', 'TrainEnd', ...tags])
  // batches are most of a log: only where somebody counts them
  if (!tags.some((tag) => tag.startsWith('Batch'))) wanted.delete('BatchEnd')
  const events: Array<TrainingEvent> = []
  let last: TrainingEvent | undefined
  for (const event of eventsOf(log)) {
    // the first says at which rate it began, the last when it ended
    if (last === undefined || wanted.has(event._tag)) events.push(event)
    last = event
  }
  if (last && events.at(-1) !== last) events.push(last)
  const shapes = new Map<string, readonly [number, Shape]>()
  const shape = events.map((event) => {
    const made = shapeOf(event)
    const key = JSON.stringify(made)
    const known = shapes.get(key) ?? ([shapes.size, made] as const)
    shapes.set(key, known)
    return known[0]
  })
  const ints = (numbers: ReadonlyArray<number>): Int32Array => {
    const column = new Int32Array(buffer(4 * numbers.length))
    column.set(numbers)
    return column
  }
  const reals = (numbers: ReadonlyArray<number>): Float64Array => {
    const column = new Float64Array(buffer(8 * numbers.length))
    column.set(numbers)
    return column
  }
  const { path, format, metrics, aliases, epochs, unit, rows, hasLearningRate, end, notes } = log
  return {
    about: {
      ...{ path, format, metrics, epochs, hasLearningRate, end, notes },
      ...(aliases && { aliases }),
      ...(unit && { unit }),
      ...(rows !== undefined && { rows }),
    },
    shapes: [...shapes.values()].map(([, made]) => made),
    shape: ints(shape),
    epoch: ints(events.map((event) => event.epoch)),
    batch: ints(events.map((event) => event.batch ?? -1)),
    step: reals(events.map((event) => event.step)),
    at: reals(events.map((event) => event.at)),
    lr: reals(events.map((event) => event.lr)),
    values: reals(events.flatMap((event) => Object.values(event.logs))),
  }
}

export const unpack = (packed: PackedLog): TrainingLog => {
  const { shapes, shape, epoch, batch, step, at, lr, values } = packed
  let next = 0
  const events = Array.from(shape, (kind, i) => {
    const { tag, names, more } = shapes[kind] as Shape
    const logs: Logs = Object.fromEntries(names.map((name, n) => [name, values[next + n] as number]))
    next += names.length
    return {
      _tag: tag,
      epoch: epoch[i] as number,
      batch: batch[i] === -1 ? null : (batch[i] as number),
      step: step[i] as number,
      at: at[i] as number,
      lr: lr[i] as number,
      logs,
      ...more,
    } as TrainingEvent
  })
  return { ...packed.about, events }
}

export const isPacked = (log: TrainingLog | PackedLog): log is PackedLog => 'about' in log

export const open = (log: TrainingLog | PackedLog): TrainingLog => (isPacked(log) ? unpack(log) : log)

/** So many events may lie open; of more, one log at a time is opened, and let go of. */
const mostOpen = 200_000

/** Logs to go through again and again. */
export const opened = (logs: ReadonlyArray<TrainingLog | PackedLog>): Iterable<TrainingLog> => {
  const events = logs.reduce((sum, log) => sum + (isPacked(log) ? log.epoch.length : 0), 0)
  if (events <= mostOpen) return logs.map(open)
  return {
    *[Symbol.iterator]() {
      for (const log of logs) yield open(log)
    },
  }
}
