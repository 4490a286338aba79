import { directionOf, type Direction } from '../dsl/Metrics.js'
import { eventsOf } from '../logs/lazy.js'
import type { Unit } from '../logs/Layout.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { Trend } from './sparkline.js'

/** One metric over the epochs of a run. */
export interface MetricSummary {
  readonly name: string
  /** in how many epochs it was measured */
  readonly measured: number
  readonly first: number | null
  readonly last: number | null
  /** of the values that are not NaN */
  readonly min: number | null
  readonly max: number | null
  /** whether smaller or larger is better; null where the name doesn't say */
  readonly direction: Direction | null
  /** 0-based; null where the direction isn't known or nothing was measured */
  readonly bestEpoch: number | null
}

/** What is in a log. */
export interface LogSummary {
  readonly path: string | null
  readonly format: string
  readonly epochs: number
  /** what an epoch is in this log */
  readonly unit: Unit
  /** rows of the file; null where the log isn't one of rows */
  readonly rows: number | null
  readonly firstEpoch: number | null
  readonly lastEpoch: number | null
  readonly end: TrainingLog['end']
  readonly learningRate: {
    readonly first: number
    readonly last: number
    readonly min: number
    readonly max: number
  } | null
  readonly metrics: ReadonlyArray<MetricSummary>
  /** names under which metrics may be asked for too */
  readonly aliases: Readonly<Record<string, string>>
  readonly notes: ReadonlyArray<string>
}

/** A log's summary, and a line of bars for each metric. */
export interface Survey {
  readonly summary: LogSummary
  readonly trends: ReadonlyArray<string>
}

class Tally {
  measured = 0
  first: number | null = null
  last: number | null = null
  min: number | null = null
  max: number | null = null
  private minEpoch: number | null = null
  private maxEpoch: number | null = null
  readonly trend: Trend

  constructor(
    readonly name: string,
    epochs: number,
  ) {
    this.trend = new Trend(epochs)
  }

  add(i: number, epoch: number, x: number): void {
    this.measured += 1
    this.first ??= x
    this.last = x
    this.trend.add(i, x)
    if (Number.isNaN(x)) return
    if (this.min === null || x < this.min) [this.min, this.minEpoch] = [x, epoch]
    if (this.max === null || x > this.max) [this.max, this.maxEpoch] = [x, epoch]
  }

  summary(): MetricSummary {
    const { name, measured, first, last, min, max } = this
    const direction = directionOf(name) ?? null
    const bestEpoch = direction === null ? null : direction === 'min' ? this.minEpoch : this.maxEpoch
    return { name, measured, first, last, min, max, direction, bestEpoch }
  }
}

/** Goes through a log once, however long it is. */
export const survey = (log: TrainingLog): Survey => {
  const tallies = log.metrics.map((name) => new Tally(name, log.epochs))
  const rate = new Tally('lr', log.epochs)
  let [i, firstEpoch, lastEpoch]: [number, number | null, number | null] = [0, null, null]
  for (const event of eventsOf(log)) {
    if (event._tag !== 'EpochEnd') continue
    firstEpoch ??= event.epoch
    lastEpoch = event.epoch
    rate.add(i, event.epoch, event.lr)
    for (const tally of tallies)
      if (Object.hasOwn(event.logs, tally.name)) tally.add(i, event.epoch, event.logs[tally.name] as number)
    i += 1
  }
  const { first, last, min, max } = rate
  const rated = log.hasLearningRate && first !== null && last !== null && min !== null && max !== null
  return {
    summary: {
      path: log.path,
      format: log.format,
      epochs: log.epochs,
      unit: log.unit ?? 'epoch',
      rows: log.rows ?? null,
      firstEpoch,
      lastEpoch,
      end: log.end,
      learningRate: rated ? { first, last, min, max } : null,
      metrics: tallies.map((tally) => tally.summary()),
      aliases: log.aliases ?? {},
      notes: log.notes,
    },
    trends: tallies.map(({ trend }) => trend.toString()),
  }
}
