import type { Direction } from '../../dsl/Metrics.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import { found, type EpochTable } from './EpochTable.js'

/** A run as the judge sees it, one entry an epoch. A measurement of NaN counts, and is worse than anything. */
export interface JudgedRun {
  readonly count: number
  /** what the judge says of a model that is left after this epoch: measured then, or last before it; NaN: never yet */
  readonly value: Float64Array
  readonly measured: Uint8Array
  /** position of the best value so far; -1: none yet */
  readonly bestSoFar: Int32Array
  /** the best value of all later epochs */
  readonly bestLater: Float64Array
  /** position of the best of all; -1: there is none */
  readonly best: number
  /** seconds from each epoch's end to the end of the log; null: the log has no times */
  readonly secondsLeft: Float64Array | null
}

export const isBetter = (mode: Direction, a: number, b: number): boolean => (mode === 'min' ? a < b : a > b)

/** Seconds left after each epoch. */
const secondsLeft = (log: TrainingLog, table: EpochTable): Float64Array | null => {
  const { events } = log
  const [first, last] = [events[0], events.at(-1)]
  if (!first || !last || !events.some((event) => event.at !== first.at)) return null
  return Float64Array.from(table.ends, (end) => (last.at - end.at) / 1000)
}

export const judgeRun = (log: TrainingLog, table: EpochTable, metric: string, mode: Direction): JudgedRun => {
  const { values, found: there } = table.metric(metric)
  const count = values.length
  const worst = mode === 'min' ? Infinity : -Infinity
  const value = new Float64Array(count)
  const measured = new Uint8Array(count)
  const bestSoFar = new Int32Array(count)
  let [best, held, seen] = [-1, NaN, 0]
  for (let i = 0; i < count; i += 1) {
    if (there[i] === found.value) {
      held = values[i] as number
      seen = 1
      if (!Number.isNaN(held) && (best < 0 || isBetter(mode, held, values[best] as number))) best = i
    }
    value[i] = held
    measured[i] = seen
    bestSoFar[i] = best
  }
  const bestLater = new Float64Array(count)
  let later = worst
  for (let i = count - 1; i >= 0; i -= 1) {
    bestLater[i] = later
    const own = values[i] as number
    if (there[i] === found.value && isBetter(mode, own, later)) later = own
  }
  return { count, value, measured, bestSoFar, bestLater, best, secondsLeft: secondsLeft(log, table) }
}
