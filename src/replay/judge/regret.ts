import { directionOf, includesMetric, MissingMetric, type Direction } from '../../dsl/Metrics.js'
import { metricsOf, type TrainingLog } from '../../logs/TrainingLog.js'
import { positionOf, tabulate } from './EpochTable.js'
import { judgeRun, regretAt } from './JudgedRun.js'

/** What a run is judged by. */
export interface Judge {
  readonly metric: string
  readonly mode: Direction
}

/**
 * The judge by that metric; its direction is the well-known one. Throws a `RangeError` where that isn't known.
 * @category replay
 * @example
 * import { judgeOf } from 'rxfit/replay'
 * judgeOf('val_accuracy') // => { metric: 'val_accuracy', mode: 'max' }
 */
export const judgeOf = (metric: string, mode?: Direction): Judge => {
  const direction = mode ?? directionOf(metric)
  if (direction === undefined)
    throw new RangeError(`can't tell whether '${metric}' should fall or rise; say 'min' or 'max'`)
  return { metric, mode: direction }
}

/**
 * How much worse the kept epoch is than the best of the whole recorded run, in the judge's metric: 0 or more. Where the epoch
 * has no value, the last one before it counts; NaN is infinitely worse. Null where the run has no number at all, or none by then.
 */
export const regretOf = (log: TrainingLog, kept: number | null, { metric, mode }: Judge): number | null => {
  const metrics = metricsOf(log)
  if (log.epochs > 0 && !includesMetric(metrics, metric))
    throw new MissingMetric(metric, metrics, `in ${log.path ?? 'this log'}`)
  if (kept === null) return null
  const table = tabulate(log)
  const regret = regretAt(judgeRun(log, table, metric, mode), mode, positionOf(table, kept))
  return Number.isNaN(regret) ? null : regret
}
