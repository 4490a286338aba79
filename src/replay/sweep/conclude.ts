import { toSpec } from '../../dsl/Policy.js'
import { intervalsOf } from './bootstrap.js'
import type { Candidate } from './Candidate.js'
import type { Cells } from './Cells.js'
import { choose } from './choose.js'
import type { Task } from './fill.js'
import { holdOut } from './heldOut.js'
import { average, median } from './mean.js'
import { dominators } from './pareto.js'
import type { PolicySummary, Sweep, SweptRun } from './Result.js'
import { twinFinder } from './twins.js'
import { counted } from './words.js'

const sum = (values: ReadonlyArray<number>): number => values.reduce((total, x) => total + x, 0)

/** One policy over all runs, without what comes of comparing it. */
const summarize = (cells: Cells, runs: ReadonlyArray<SweptRun>, policy: number) => {
  const from = policy * cells.runs
  const judged: Array<number> = []
  let [ended, diverged, recorded] = [0, 0, 0]
  runs.forEach((run, i) => {
    const at = from + i
    if (!run.ended && cells.stoppedEpoch[at] === -1) return
    ended += 1
    if (Number.isNaN(cells.regret[at])) return
    judged.push(at)
    recorded += run.epochs
    if (cells.divergedAt[at] !== -1) diverged += 1
  })
  const of = (column: Int32Array | Float64Array): ReadonlyArray<number> => judged.map((at) => column[at] as number)
  const epochs = of(cells.epochsRun)
  const saved = recorded - sum(epochs)
  const seconds = of(cells.secondsSaved).filter((x) => !Number.isNaN(x))
  const stops = of(cells.stoppedEpoch).filter((epoch) => epoch !== -1)
  const regrets = of(cells.regret)
  return {
    verdicts: {
      exact: judged.length - diverged,
      diverged,
      censored: runs.length - ended,
      unjudged: ended - judged.length,
    },
    stops: stops.length,
    stopEpoch: median(stops),
    epochs: average(epochs),
    epochsSaved: judged.length === 0 ? null : saved / judged.length,
    shareSaved: judged.length === 0 ? null : saved / recorded,
    secondsSaved: seconds.length === 0 ? null : sum(seconds),
    regret: average(regrets),
    medianRegret: median(regrets),
    worstRegret: regrets.length === 0 ? null : regrets.reduce((a, b) => Math.max(a, b), -Infinity),
    premature: sum(of(cells.premature)),
    wasted: average(of(cells.wasted)),
  }
}

const notesOf = (
  policies: ReadonlyArray<PolicySummary>,
  runs: ReadonlyArray<SweptRun>,
  leftOut: Sweep['leftOut'],
  { completed }: Task,
): ReadonlyArray<string> => {
  const total = (of: (policy: PolicySummary) => number): number => sum(policies.map(of))
  const cells = policies.length * runs.length
  const censored = total(({ verdicts }) => verdicts.censored)
  const diverged = total(({ verdicts }) => verdicts.diverged)
  const unjudged = total(({ verdicts }) => verdicts.unjudged)
  const unknown = runs.filter(({ ended }) => !ended).length
  return [
    ...leftOut.map(({ path, why }) => `${path ?? 'a log'} is left out: ${why}`),
    ...(censored > 0
      ? [
          `${censored} of ${cells} outcomes are censored: the log ends before the policy stops. What it would have kept isn't known, so they are in no mean${
            completed
              ? ''
              : `; ${counted(unknown, 'log')} ${unknown === 1 ? "doesn't" : "don't"} say that the run ended as planned (completed: true, or --completed, if you know it did)`
          }`,
        ]
      : []),
    ...(diverged > 0
      ? [
          `${diverged} of ${cells} outcomes are diverged: the recorded run had another learning rate by then, so what they say is a guess at best`,
        ]
      : []),
    ...(unjudged > 0
      ? [`${unjudged} of ${cells} outcomes end before the judge measured anything: they are in no mean`]
      : []),
    ...(runs.length === 1
      ? [
          'one run only: there can be no intervals, and no held-out choice; the best of many policies on one run owes most of its luck to it',
        ]
      : []),
  ]
}

/** What a sweep comes to, once every cell is filled. */
export const conclude = (
  candidates: ReadonlyArray<Candidate>,
  runs: ReadonlyArray<SweptRun>,
  leftOut: Sweep['leftOut'],
  cells: Cells,
  task: Task,
  splits: number,
): Sweep => {
  const twinOf = twinFinder(cells)
  const sameAs = candidates.map((_, policy) => twinOf(policy))
  const distinct = sameAs.flatMap((twin, policy) => (twin === policy ? [policy] : []))
  const rivals = dominators(cells, distinct)
  // what comes to the same is worked out once
  const worked = new Map(
    distinct.map((policy) => {
      const { regret, epochs } = intervalsOf(cells, policy)
      return [policy, { ...summarize(cells, runs, policy), regretInterval: regret, epochsInterval: epochs }] as const
    }),
  )
  const policies = candidates.map((candidate, i): PolicySummary => {
    const twin = sameAs[i] as number
    return {
      name: candidate.name,
      settings: candidate.settings,
      get spec() {
        return toSpec(candidate.policy)
      },
      ...(worked.get(twin) as NonNullable<ReturnType<typeof worked.get>>),
      dominatedBy: rivals.get(twin) ?? null,
      onFront: rivals.get(twin) === null,
      sameAs: twin,
    }
  })
  return {
    judge: { metric: task.judge, mode: task.mode, tolerance: task.tolerance },
    runs,
    leftOut,
    policies,
    front: distinct
      .filter((policy) => policies[policy]?.onFront)
      .sort((a, b) => (policies[a]?.epochs ?? 0) - (policies[b]?.epochs ?? 0) || a - b),
    choice:
      choose(
        cells,
        distinct,
        runs.map((_, run) => run),
      ) ?? null,
    heldOut: holdOut(cells, distinct, splits, task.seed) ?? null,
    cells,
    notes: notesOf(policies, runs, leftOut, task),
  }
}
