import type { Direction } from '../../dsl/Metrics.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import type { Validity } from '../../runtime/Decision.js'
import type { Ending } from './ending.js'
import { positionOf, type EpochTable } from '../judge/EpochTable.js'
import { isBetter, regretAt, type JudgedRun } from '../judge/JudgedRun.js'

/**
 * What came of every policy on every run, a column each; the cell of policy p and run r is at `p * runs + r`. Numbers only, so
 * that workers can write into the same memory.
 */
export interface Cells {
  readonly policies: number
  readonly runs: number
  readonly epochsRun: Int32Array
  /** -1: it doesn't stop */
  readonly stoppedEpoch: Int32Array
  /** -1: it doesn't diverge */
  readonly divergedAt: Int32Array
  /** epoch of the model that is left; -1: none was trained */
  readonly keptEpoch: Int32Array
  /** position in `verdicts` */
  readonly verdict: Int32Array
  /** 1: a better value came after the stop */
  readonly premature: Int32Array
  /** epochs run after the best so far */
  readonly wasted: Int32Array
  /** how much worse the kept model is than the run's best; NaN: not known */
  readonly regret: Float64Array
  /** NaN: the log has no times */
  readonly secondsSaved: Float64Array
  /** four a policy: the ends of the intervals of mean regret and of mean epochs; NaN: there are none */
  readonly intervals: Float64Array
}

export const verdicts = ['exact', 'censored', 'diverged'] as const satisfies ReadonlyArray<Validity>

const whole = ['epochsRun', 'stoppedEpoch', 'divergedAt', 'keptEpoch', 'verdict', 'premature', 'wasted'] as const
const real = ['regret', 'secondsSaved'] as const

/** Memory for so many cells, of whatever kind of buffer. */
export const makeCells = (
  policies: number,
  runs: number,
  buffer: (bytes: number) => ArrayBuffer | SharedArrayBuffer = (bytes) => new ArrayBuffer(bytes),
): Cells => {
  const n = policies * runs
  return {
    policies,
    runs,
    ...(Object.fromEntries(whole.map((name) => [name, new Int32Array(buffer(4 * n))])) as Pick<
      Cells,
      (typeof whole)[number]
    >),
    ...(Object.fromEntries(real.map((name) => [name, new Float64Array(buffer(8 * n))])) as Pick<
      Cells,
      (typeof real)[number]
    >),
    intervals: new Float64Array(buffer(8 * 4 * policies)).fill(NaN),
  }
}

/** The rules by which a kept model is judged. */
export interface Rules {
  readonly mode: Direction
  /** how much better a later value must be for a stop to have been premature */
  readonly tolerance: number
  /** whether a log that doesn't say so ended where it was planned to */
  readonly completed: boolean
}

/** Writes one cell. */
export const writeCell = (
  cells: Cells,
  at: number,
  ending: Ending,
  log: Pick<TrainingLog, 'end'>,
  table: EpochTable,
  judged: JudgedRun,
  { mode, tolerance, completed }: Rules,
): void => {
  const { epochsRun, stoppedEpoch, divergedAt } = ending
  const last = epochsRun - 1
  const stops = stoppedEpoch !== null
  const ends = stops || log.end === 'completed' || (completed && log.end === 'unknown')
  const kept = ending.keptEpoch === null ? -1 : positionOf(table, ending.keptEpoch)
  const best = last < 0 ? -1 : (judged.bestSoFar[last] as number)
  cells.epochsRun[at] = epochsRun
  cells.stoppedEpoch[at] = stoppedEpoch ?? -1
  cells.divergedAt[at] = divergedAt ?? -1
  cells.keptEpoch[at] = ending.keptEpoch ?? -1
  cells.verdict[at] = divergedAt !== null ? 2 : ends ? 0 : 1
  cells.wasted[at] = best < 0 ? 0 : last - best
  cells.secondsSaved[at] = judged.secondsLeft && last >= 0 ? (judged.secondsLeft[last] as number) : NaN
  const later = last < 0 ? NaN : (judged.bestLater[last] as number)
  const sofar = best < 0 ? NaN : (judged.value[best] as number)
  const margin = mode === 'min' ? sofar - tolerance : sofar + tolerance
  cells.premature[at] = stops && isBetter(mode, later, margin) ? 1 : 0
  // where the log ends first nobody knows what the policy would have kept
  cells.regret[at] = ends ? regretAt(judged, mode, kept) : NaN
}
