import type { Direction } from '../../dsl/Metrics.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import { contentsOf } from '../contents.js'
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
  const { timed, last } = contentsOf(log)
  if (!timed || !last) return null
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

/**
 * How much worse the model of an epoch is than the best of the whole run, by its position: 0 or more. A model that gives NaN
 * is worse than any; NaN: not known, since nothing was measured by then.
 */
export const regretAt = ({ value, measured, best }: JudgedRun, mode: Direction, position: number): number => {
  if (position < 0 || best < 0 || measured[position] !== 1) return NaN
  const [kept, least] = [value[position] as number, value[best] as number]
  if (Number.isNaN(kept)) return Infinity
  if (kept === least) return 0
  return mode === 'min' ? kept - least : least - kept
}
