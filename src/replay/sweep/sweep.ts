import { encodeJson } from '../../dsl/Json.js'
import type { Policy } from '../../dsl/Policy.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import { isLog } from '../replay.js'
import { assemblyOf, type Candidate } from './Candidate.js'
import { makeCells } from './Cells.js'
import { conclude } from './conclude.js'
import { filler } from './fill.js'
import { settle, type SweepOptions } from './options.js'
import { admission, candidatesOf, NothingToJudge, taskOf } from './plan.js'
import { open, opened, type PackedLog } from './PackedLog.js'
import { cellOf, type Sweep, type SweptRun } from './Result.js'

/** Which of the logs can be judged, and why the others can't. */
export const admit = <L extends TrainingLog | PackedLog>(
  logs: ReadonlyArray<L>,
  look: ReturnType<typeof admission>,
) => {
  const runs: Array<SweptRun> = []
  const judged: Array<L> = []
  const leftOut: Array<{ readonly path: string | null; readonly why: string }> = []
  for (const [position, log] of logs.entries()) {
    const opened = open(log)
    const answer = look(opened, runs.length)
    if ('why' in answer) {
      leftOut.push({ path: opened.path, why: answer.why })
      continue
    }
    runs.push({ log: position, ...answer.run })
    judged.push(log)
  }
  if (runs.length === 0) throw new NothingToJudge(leftOut)
  return { runs, judged, leftOut }
}

const isAnyLog = (given: unknown): boolean =>
  typeof given === 'object' && given !== null && ('about' in given || isLog(given))

export const mustBeLogs = (logs: ReadonlyArray<TrainingLog | PackedLog>): void => {
  if (!Array.isArray(logs) || logs.length === 0 || !logs.every(isAnyLog))
    throw new TypeError(
      'sweep: the second argument must be a list of logs, one or more; readLog gives a promise of one: await it',
    )
}

/** So many policies are made at a time, and let go of. */
const chunk = 1024

/**
 * What would have become of many recorded runs under many policies: epochs saved, how much worse the model that each keeps is
 * than the run's best (its regret), stops that came too early, what is exact and what isn't. No model, no files; a million
 * epochs take less than a second.
 *
 * A policy keeps the epoch whose weights it puts back when training ends; else the last that a best-only checkpoint saved;
 * else the last epoch. The judge's value there (or the last before it, where it wasn't measured) less the best in all of the
 * recorded run is the regret. Where the log ends before the policy does, it is not known, and in no mean.
 *
 * Throws an `OptionError` for options that don't hold, `NothingToJudge` where no log has the metrics, a `SweepError` where a
 * policy fails on a log. A log in which a metric is missing that others have is left out, and named in `leftOut`.
 * @category replay
 * @example
 * import { fromEpochs } from 'rxfit/logs'
 * import { earlyStopping } from 'rxfit'
 * import { sweep } from 'rxfit/replay'
 * const logs = [[5, 4, 4.5, 3, 3.5, 3.6], [2, 1, 1.5, 1.6, 1.7, 1.8]].map((values) => fromEpochs(values.map((val_loss) => ({ val_loss }))))
 * const policies = [1, 2].map((patience) => earlyStopping({ patience, restoreBestWeights: true }))
 * const { policies: [hasty, patient] } = sweep(policies, logs, { judge: 'val_loss' })
 * hasty.regret // => 0.5
 * hasty.premature // => 1
 * patient.regret // => 0
 * patient.epochs // => 5
 */
export const sweep = <M extends string>(
  given: ReadonlyArray<Candidate | Policy<M>>,
  logs: ReadonlyArray<TrainingLog | PackedLog>,
  options: SweepOptions,
): Sweep => {
  const settled = settle(options)
  const candidates = candidatesOf(given)
  mustBeLogs(logs)
  const task = taskOf(settled, logs)
  const { runs, judged, leftOut } = admit(logs, admission(candidates, task))
  const cells = makeCells(candidates.length, runs.length)
  const fill = filler((i) => assemblyOf(candidates[i] as Candidate), task, cells)
  const all = opened(judged)
  for (let from = 0; from < candidates.length; from += chunk) fill(all, from, Math.min(candidates.length, from + chunk))
  return conclude(candidates, runs, leftOut, cells, task, settled.splits)
}

/**
 * A sweep as JSON: what is not finite is spelled out, and every policy has what came of it on each run (`runs`).
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { sweep, sweepToJson } from 'rxfit/replay'
 * const log = fromEpochs([2, 1, NaN].map((val_loss) => ({ val_loss })))
 * const { policies } = sweepToJson(sweep([earlyStopping({ patience: 1 })], [log], { judge: 'val_loss' })) as any
 * policies[0].runs[0].regret // => 'Infinity'
 */
export const sweepToJson = (result: Sweep): unknown => {
  const { cells, policies, ...rest } = result
  return encodeJson({
    ...rest,
    policies: policies.map((policy, p) => ({
      ...policy,
      runs: result.runs.map((_, run) => cellOf({ cells }, p, run)),
    })),
  })
}
