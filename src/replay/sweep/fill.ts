import type { TrainingLog } from '../../logs/TrainingLog.js'
import { writeCell, type Cells, type Rules } from './Cells.js'
import { endingOf, makeReady, type Ready } from './ending.js'
import { tabulate, type EpochTable } from '../judge/EpochTable.js'
import { partRegistry, tracer, type Tracer } from './fast.js'
import { judgeRun, type JudgedRun } from '../judge/JudgedRun.js'
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

/** So many runs, or runs with so many epochs, are open at a time. */
const blockRuns = 64
const blockEpochs = 100_000

/** A run that is being worked on. */
interface OpenRun {
  readonly log: TrainingLog
  readonly run: number
  readonly table: EpochTable
  readonly traces: Tracer
  readonly judged: JudgedRun
}

/** Policies of one thread, in the order in which they were first asked for. */
export const filler = (
  assemblyOf: (candidate: number) => Assembly,
  { learningRate, judge, resamples, seed, ...rules }: Task,
  cells: Cells,
) => {
  const interval = bootstrap(cells, resamples, seed)
  const twinOf = twinFinder(cells)
  const ready = makeReady(partRegistry())
  const open = (log: TrainingLog, run: number): OpenRun => {
    const table = tabulate(log)
    return { log, run, table, traces: tracer(table, learningRate), judged: judgeRun(log, table, judge, rules.mode) }
  }
  /** Fills a candidate's cells on some runs; gives the error of the first on which it fails. */
  const fillCandidate = (one: Ready, candidate: number, block: ReadonlyArray<OpenRun>): SweepError | undefined => {
    for (const { log, run, table, traces, judged } of block) {
      try {
        const ending = endingOf(one, log, traces, learningRate)
        writeCell(cells, candidate * cells.runs + run, ending, log, table, judged, rules)
      } catch (error) {
        return new SweepError(candidate, run, `${log.path ?? 'log'}: ${messageOf(error)}`)
      }
    }
    return undefined
  }
  /**
   * Fills the cells of candidates `from` to `to` on all runs, and their intervals. Logs are opened some at a time, and let go
   * of. Throws the error of the first candidate that fails, on the first run on which it does: the same, however the work is
   * cut.
   */
  return (logs: Iterable<TrainingLog>, from: number, to: number): void => {
    const made = Array.from({ length: to - from }, (_, i) => ready(assemblyOf(from + i)))
    let failed: SweepError | undefined
    const fillBlock = (block: ReadonlyArray<OpenRun>): void => {
      // one policy after another on all of these runs: it stays in the processor's cache
      for (let candidate = from; candidate < (failed?.candidate ?? to); candidate += 1)
        failed = fillCandidate(made[candidate - from] as Ready, candidate, block) ?? failed
    }
    let block: Array<OpenRun> = []
    let [run, epochs] = [0, 0]
    for (const log of logs) {
      block.push(open(log, run))
      run += 1
      epochs += log.epochs
      if (epochs < blockEpochs && block.length < blockRuns) continue
      fillBlock(block)
      ;[block, epochs] = [[], 0]
    }
    fillBlock(block)
    if (failed) throw failed
    for (let policy = from; policy < to && resamples > 0; policy += 1) {
      const twin = twinOf(policy)
      if (twin === policy) interval(policy)
      else cells.intervals.copyWithin(4 * policy, 4 * twin, 4 * twin + 4)
    }
  }
}
