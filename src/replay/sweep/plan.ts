import { directionOf, includesMetric, MissingMetric, type Direction } from '../../dsl/Metrics.js'
import { OptionError } from '../../dsl/Options.js'
import { bare, isPolicy, requires, type Policy } from '../../dsl/Policy.js'
import { union } from '../../dsl/Spec.js'
import type { Tag } from '../../dsl/TrainingEvent.js'
import { messageOf } from '../../logs/text.js'
import { metricsOf, type TrainingLog } from '../../logs/TrainingLog.js'
import { contentsOf } from '../contents.js'
import { preflight } from '../../runtime/preflight.js'
import { assembled, assemblyOf, distinctParts, type Candidate } from './Candidate.js'
import { tabulate } from '../judge/EpochTable.js'
import { SweepError, type Task } from './fill.js'
import { judgeRun } from '../judge/JudgedRun.js'
import type { Settled } from './options.js'
import type { PackedLog } from './PackedLog.js'
import type { SweptRun } from './Result.js'

/** Candidates as they may be given: with settings and a name, or bare. */
export const candidatesOf = <M extends string>(
  given: ReadonlyArray<Candidate | Policy<M>>,
): ReadonlyArray<Candidate> => {
  if (!Array.isArray(given) || given.length === 0)
    throw new TypeError('sweep: the first argument must be a list of policies, one or more; grid(…) makes one')
  return given.map((one: unknown, i) => {
    if (isPolicy(one)) return { name: `#${i + 1}`, settings: {}, policy: one as unknown as Policy<never> }
    const candidate = one as Partial<Candidate> | null | undefined
    // those of a grid are known, and stay unjoined
    if (!assembled(candidate) && !isPolicy(candidate?.policy))
      throw new TypeError(`sweep: candidate ${i} must be a policy, or have one under 'policy'`)
    return candidate as Candidate
  })
}

/** Events that one of the candidates acts at. */
export const tagsOf = (candidates: ReadonlyArray<Candidate>): ReadonlyArray<Tag> =>
  union(...[...distinctParts(candidates)].map(({ spec }) => spec.events))

type Log = TrainingLog | PackedLog

type About = Pick<TrainingLog, 'path' | 'metrics' | 'aliases'>

const about = (log: Log): About => ('about' in log ? log.about : log)

const has = (log: About, metric: string): boolean => includesMetric(metricsOf(log), metric)

const lacks = (metric: string, who: string, log: About): string =>
  `${who} asks for what isn't there: ${new MissingMetric(metric, metricsOf(log), 'in this log').message}`

const theJudge = 'the judge'

/** Whether the judge should fall or rise. A mistyped name has no direction either, but that is another mistake. */
const modeOf = ({ judge, judgeMode }: Settled, logs: ReadonlyArray<Log>): Direction => {
  const mode = judgeMode === 'auto' ? directionOf(judge) : judgeMode
  if (mode !== undefined) return mode
  if (!logs.some((log) => has(about(log), judge)))
    throw new NothingToJudge(logs.map((log) => ({ path: about(log).path, why: lacks(judge, theJudge, about(log)) })))
  throw new OptionError([
    { path: 'sweep.judgeMode', message: `can't tell whether '${judge}' should fall or rise; say 'min' or 'max'` },
  ])
}

/** What to do to every run. */
export const taskOf = (settled: Settled, logs: ReadonlyArray<Log>): Task => {
  const { judge, tolerance, completed, learningRate, bootstrap, seed } = settled
  const rules = { judge, mode: modeOf(settled, logs), tolerance, completed, resamples: bootstrap, seed }
  return { ...rules, ...(learningRate !== undefined && { learningRate }) }
}

/** Why a run can't be judged, if it can't; the run, if it can. */
export type Admission = { readonly run: Omit<SweptRun, 'log'> } | { readonly why: string }

/**
 * The preflight of a replay, for all candidates at once: throws a `SweepError` for the first that has a mistake in it. Parts
 * that a sweep can trace go by their numbers alone and have none that a replay would refuse, once their metrics are there, so
 * candidates that differ in those parts only are looked at once, and logs with the same metrics once.
 */
const inspection = (candidates: ReadonlyArray<Candidate>) => {
  const numbers = new Map<Policy<never>, number>()
  const kinds = new Map<string, number>()
  candidates.forEach((candidate, i) => {
    const others = assemblyOf(candidate).parts.filter((part) => bare(part).marker === undefined)
    for (const part of others) if (!numbers.has(part)) numbers.set(part, numbers.size)
    const key = others.map((part) => numbers.get(part)).join()
    if (!kinds.has(key)) kinds.set(key, i)
  })
  const seen = new Set<string>()
  return (log: TrainingLog, run: number): void => {
    const metrics = metricsOf(log)
    const key = JSON.stringify(metrics)
    if (seen.has(key)) return
    seen.add(key)
    for (const i of kinds.values())
      try {
        preflight(assemblyOf(candidates[i] as Candidate).policy(), { metrics }, `in ${log.path ?? 'this log'}`)
      } catch (error) {
        throw new SweepError(i, run, `${log.path ?? 'log'}: ${messageOf(error)}`)
      }
  }
}

/** Looks at one log after another: whether the judge and every candidate find their metrics in it. */
export const admission = (candidates: ReadonlyArray<Candidate>, { judge, mode, completed }: Task) => {
  const wanted = union(...[...distinctParts(candidates)].map(requires))
  const refuse = inspection(candidates)
  return (log: TrainingLog, run: number): Admission => {
    if (log.epochs === 0) return { why: 'there is no epoch in it' }
    const missing = [judge, ...wanted].find((metric) => !has(log, metric))
    if (missing !== undefined) return { why: lacks(missing, missing === judge ? theJudge : 'a policy', log) }
    const table = tabulate(log)
    const judged = judgeRun(log, table, judge, mode)
    if (judged.best < 0) return { why: `the judge '${judge}' was never measured, or never a number` }
    refuse(log, run)
    const { first, last } = contentsOf(log)
    return {
      run: {
        path: log.path,
        format: log.format,
        epochs: log.epochs,
        ended: log.end === 'completed' || (completed && log.end === 'unknown'),
        best: { epoch: table.epochs[judged.best] as number, value: judged.value[judged.best] as number },
        seconds: judged.secondsLeft && ((last?.at ?? 0) - (first?.at ?? 0)) / 1000,
      },
    }
  }
}

/** No log can be judged: why each of them can't. */
export class NothingToJudge extends Error {
  readonly _tag = 'NothingToJudge'
  override readonly name = 'NothingToJudge'
  constructor(readonly leftOut: ReadonlyArray<{ readonly path: string | null; readonly why: string }>) {
    super(leftOut.map(({ path, why }) => `${path ?? 'log'}: ${why}`).join('\n'))
  }
}
