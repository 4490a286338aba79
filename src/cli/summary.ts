import { directionOf, type Direction } from '../dsl/Metrics.js'
import type { EpochEnd } from '../dsl/TrainingEvent.js'
import type { TrainingLog } from '../logs/TrainingLog.js'

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
  readonly notes: ReadonlyArray<string>
}

const least = (values: ReadonlyArray<number>): number => values.reduce((a, b) => Math.min(a, b), Infinity)
const most = (values: ReadonlyArray<number>): number => values.reduce((a, b) => Math.max(a, b), -Infinity)

export const endsOf = (log: TrainingLog): ReadonlyArray<EpochEnd> =>
  log.events.filter((event) => event._tag === 'EpochEnd')

const summarizeMetric = (name: string, ends: ReadonlyArray<EpochEnd>): MetricSummary => {
  const measured = ends.filter((event) => Object.hasOwn(event.logs, name))
  const values = measured.map((event) => event.logs[name] as number)
  const numbers = values.filter((value) => !Number.isNaN(value))
  const min = numbers.length > 0 ? least(numbers) : null
  const max = numbers.length > 0 ? most(numbers) : null
  const direction = directionOf(name) ?? null
  const best = direction === 'min' ? min : max
  const bestEpoch =
    direction && best !== null ? (measured.find((event) => event.logs[name] === best)?.epoch ?? null) : null
  return {
    name,
    measured: values.length,
    first: values[0] ?? null,
    last: values.at(-1) ?? null,
    min,
    max,
    direction,
    bestEpoch,
  }
}

export const summarize = (log: TrainingLog): LogSummary => {
  const ends = endsOf(log)
  const rates = ends.map((event) => event.lr)
  return {
    path: log.path,
    format: log.format,
    epochs: log.epochs,
    firstEpoch: ends[0]?.epoch ?? null,
    lastEpoch: ends.at(-1)?.epoch ?? null,
    end: log.end,
    learningRate:
      log.hasLearningRate && rates.length > 0
        ? { first: rates[0] as number, last: rates.at(-1) as number, min: least(rates), max: most(rates) }
        : null,
    metrics: log.metrics.map((name) => summarizeMetric(name, ends)),
    notes: log.notes,
  }
}
