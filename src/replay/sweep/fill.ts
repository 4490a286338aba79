import type { TrainingLog } from '../../logs/TrainingLog.js'
import { writeCell, type Cells, type Rules } from './Cells.js'
import { endingOf, makeReady, type Ready } from './ending.js'
import { tabulate } from './EpochTable.js'
import { partNumbers, tracer } from './fast.js'
import { judgeRun } from './JudgedRun.js'
import { messageOf } from '../../logs/text.js'
import type { Assembly } from './Candidate.js'
import { bootstrap } from './bootstrap.js'
import { twinFinder } from './twins.js'

/** What is to be done to every run: plain data, the same in every thread. */
export interface Task extends Rules {
  readonly judge: string
  readonly learningRate?: number
  readonly resamples: number
  readonly seed: number
}

/** A policy that can't be run on a log, and why. */
export class SweepError extends Error {
  readonly _tag = 'SweepError'
  override readonly name = 'SweepError'
  constructor(
    /** position of the candidate */
    readonly candidate: number,
    /** position of the log among those that were judged */
    readonly run: number,
    message: string,
  ) {
    super(message)
  }
}

/**
 * So many policies are made at a time, and let go of: few enough that no thread waits long for another's last, enough that
 * opening the logs doesn't count.
 */
export const chunk = 256

/** Policies of one thread, in the order in which they were first asked for. */
export const filler = (
  assemblyOf: (candidate: number) => Assembly,
  { learningRate, judge, resamples, seed, ...rules }: Task,
  cells: Cells,
) => {
  const interval = bootstrap(cells, resamples, seed)
  const twinOf = twinFinder(cells)
  const ready = makeReady(partNumbers())
  /** Fills the cells of some candidates on one run. */
  const fillRun = (log: TrainingLog, run: number, made: ReadonlyArray<Ready>, from: number): void => {
    const table = tabulate(log)
    const traces = tracer(table, learningRate)
    const judged = judgeRun(log, table, judge, rules.mode)
    made.forEach((policy, i) => {
      const at = (from + i) * cells.runs + run
      try {
        const ending = endingOf(policy, log, traces, learningRate)
        writeCell(cells, at, ending, log, table, judged, rules)
      } catch (error) {
        throw new SweepError(from + i, run, `${log.path ?? 'log'}: ${messageOf(error)}`)
      }
    })
  }
  /** Fills the cells of candidates `from` to `to` on all runs, and their intervals. A log is looked at once, and let go of. */
  return (logs: Iterable<TrainingLog>, from: number, to: number): void => {
    const made = Array.from({ length: to - from }, (_, i) => ready(assemblyOf(from + i)))
    let run = 0
    for (const log of logs) {
      fillRun(log, run, made, from)
      run += 1
    }
    for (let policy = from; policy < to && resamples > 0; policy += 1) {
      const twin = twinOf(policy)
      if (twin === policy) interval(policy)
      else cells.intervals.copyWithin(4 * policy, 4 * twin, 4 * twin + 4)
    }
  }
}
