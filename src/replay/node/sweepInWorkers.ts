import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { OptionError } from '../../dsl/Options.js'
import type { Policy } from '../../dsl/Policy.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import { functionsIn } from '../grid/rebuild.js'
import { label } from '../../dsl/Spec.js'
import { distinctParts, type Candidate } from '../sweep/Candidate.js'
import { makeCells } from '../sweep/Cells.js'
import { conclude } from '../sweep/conclude.js'
import { SweepError } from '../sweep/fill.js'
import { settle, type SweepOptions } from '../sweep/options.js'
import { isPacked, pack, type PackedLog } from '../sweep/PackedLog.js'
import { admission, candidatesOf, tagsOf, taskOf } from '../sweep/plan.js'
import type { Sweep } from '../sweep/Result.js'
import { admit, mustBeLogs } from '../sweep/sweep.js'
import { piecesOf } from './take.js'
import { packPolicies, shared, type Failure, type Work } from './Work.js'
import { workerFile } from './workerFile.js'

export interface WorkersOptions extends SweepOptions {
  /** worker threads at most, from 1: no more are started than there is work for. Default: as many as there are cores */
  readonly workers?: number
}

const launch = (work: Work): Worker => new Worker(workerFile, { workerData: work })

const finished = (worker: Worker): Promise<Failure | undefined> =>
  new Promise((resolve, reject) => {
    let failure: Failure | undefined
    worker.on('message', (message: Failure | undefined) => (failure = message))
    worker.on('error', reject)
    worker.on('exit', (code) => {
      if (code === 0) resolve(failure)
      else reject(new Error(`a worker of the sweep ended with code ${code}`))
    })
  })

/** Pieces are taken in order, so the first candidate that fails on its own is among these. */
const firstOf = (failures: ReadonlyArray<Failure | undefined>): Failure | undefined =>
  failures.filter((failure) => failure !== undefined).sort((a, b) => a.candidate - b.candidate)[0]

const mustBeData = (candidates: ReadonlyArray<Candidate>): void => {
  for (const { spec } of distinctParts(candidates)) {
    const [inside] = functionsIn(spec)
    if (inside !== undefined)
      throw new OptionError([
        {
          path: 'sweepInWorkers',
          message: `'${label(spec)}' holds a function (${inside}), which can't go to another thread; sweep(…) runs it in this one`,
        },
      ])
  }
}

/**
 * As `sweep`, over several worker threads; the result is the same to the last digit, however many there are. Policies go to
 * the workers as data, so none may hold a function. Node only.
 *
 * Rejects with what `sweep` throws.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { grid } from 'rxfit/replay'
 * import { sweepInWorkers } from 'rxfit/replay/node'
 * const log = fromEpochs([3, 2, 2.5, 1, 1.5].map((val_loss) => ({ val_loss })))
 * const policies = grid(earlyStopping(), { 'earlyStopping.patience': '1..3' })
 * const { choice } = await sweepInWorkers(policies, [log], { judge: 'val_loss', workers: 1, completed: true })
 * choice?.regret // => 0.5
 */
export const sweepInWorkers = async <M extends string>(
  given: ReadonlyArray<Candidate | Policy<M>>,
  logs: ReadonlyArray<TrainingLog | PackedLog>,
  { workers = availableParallelism(), ...options }: WorkersOptions,
): Promise<Sweep> => {
  if (!Number.isSafeInteger(workers) || workers < 1)
    throw new OptionError([
      { path: 'sweepInWorkers.workers', message: `must be a whole number from 1, got ${workers}` },
    ])
  const settled = settle(options)
  const candidates = candidatesOf(given)
  mustBeData(candidates)
  mustBeLogs(logs)
  const task = taskOf(settled, logs)
  const tags = tagsOf(candidates)
  const { runs, judged, leftOut } = admit(logs, admission(candidates, task))
  const cells = makeCells(candidates.length, runs.length, shared)
  const work: Work = {
    policies: packPolicies(candidates),
    logs: judged.map((log) => (isPacked(log) ? log : pack(log, tags, shared))),
    cells,
    task,
    next: new Int32Array(shared(4)),
  }
  // more threads than pieces would have nothing to do
  const threads = Array.from({ length: Math.min(workers, piecesOf(cells)) }, () => launch(work))
  // what is left of one that died is of no use, nor is the others' work
  const failures = await Promise.all(threads.map(finished)).finally(() =>
    Promise.all(threads.map((thread) => thread.terminate())),
  )
  const failure = firstOf(failures)
  if (failure) throw new SweepError(failure.candidate, failure.run, failure.message)
  return conclude(candidates, runs, leftOut, cells, task, settled.splits)
}
