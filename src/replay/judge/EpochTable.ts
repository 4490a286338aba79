import { includesMetric, lookup } from '../../dsl/Metrics.js'
import type { EpochEnd } from '../../dsl/TrainingEvent.js'
import { eventsOf } from '../../logs/lazy.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import { contentsOf } from '../contents.js'

/** A metric at the end of each epoch. */
export interface MetricColumn {
  /** NaN where it wasn't measured */
  readonly values: Float64Array
  readonly found: Uint8Array
}

/** What an epoch has of a metric. */
export const found = {
  /** it was measured */
  value: 0,
  /** it is known not to have been measured this time */
  nothing: 1,
  /** the run says nothing of it */
  unknown: 2,
} as const

/** The ends of a run's epochs, in columns. */
export interface EpochTable {
  readonly ends: ReadonlyArray<EpochEnd>
  readonly epochs: Int32Array
  readonly rates: Float64Array
  /** rate at the log's first event */
  readonly firstRate: number
  readonly metric: (name: string) => MetricColumn
}

const columnOf = (ends: ReadonlyArray<EpochEnd>, name: string): MetricColumn => {
  const column = { values: new Float64Array(ends.length).fill(NaN), found: new Uint8Array(ends.length) }
  ends.forEach((end, i) => {
    const value = lookup(end.logs, name)
    if (value !== undefined) column.values[i] = value
    else column.found[i] = includesMetric(end.missing ?? [], name) ? found.nothing : found.unknown
  })
  return column
}

/** Goes through a log once. */
export const tabulate = (log: TrainingLog): EpochTable => {
  const ends: Array<EpochEnd> = []
  for (const event of eventsOf(log)) if (event._tag === 'EpochEnd') ends.push(event)
  const columns = new Map<string, MetricColumn>()
  return {
    ends,
    epochs: Int32Array.from(ends, (end) => end.epoch),
    rates: Float64Array.from(ends, (end) => end.lr),
    firstRate: contentsOf(log).first?.lr ?? 1,
    metric: (name) => {
      const column = columns.get(name) ?? columnOf(ends, name)
      columns.set(name, column)
      return column
    },
  }
}

/** Position of an epoch among those of the log, which rise; of one that didn't end the last before it; -1: there is none. */
export const positionOf = ({ epochs }: EpochTable, epoch: number): number => {
  const guess = epoch - (epochs[0] ?? 0)
  return epochs[guess] === epoch ? guess : epochs.findLastIndex((one) => one <= epoch)
}
