import { directionOf, includesMetric, lookup, MissingMetric, type Direction } from '../dsl/Metrics.js'
import type { Policy } from '../dsl/Policy.js'
import type { Spec } from '../dsl/Spec.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import type { Outcome } from './replay.js'

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

const savers = (spec: Spec): ReadonlyArray<Spec> =>
  spec.kind === 'modelCheckpoint' ? [spec] : (spec.children ?? []).flatMap(savers)

/**
 * The epoch whose weights one is left with: those that were put back; else those of the last save, where the policy saves the
 * best only; else those of the last epoch run.
 */
export const keptEpoch = (policy: Policy<never>, log: TrainingLog, outcome: Outcome): number | null => {
  if (outcome.restoredEpoch !== null) return outcome.restoredEpoch
  const saving = savers(policy.spec)
  const bestOnly = saving.length > 0 && saving.every(({ options }) => options?.['saveBestOnly'] === true)
  const saved = bestOnly ? outcome.saves.at(-1)?.epoch : undefined
  if (saved !== undefined) return saved
  return endsOf(log)[outcome.epochsRun - 1]?.epoch ?? null
}

const endsOf = (log: TrainingLog) => log.events.filter((event) => event._tag === 'EpochEnd')

/**
 * How much worse the kept epoch is than the best of the whole recorded run, in the judge's metric: 0 or more. Where the epoch
 * has no value, the last one before it counts; NaN is infinitely worse. Null where the run has no number at all, or none by then.
 */
export const regretOf = (log: TrainingLog, kept: number | null, { metric, mode }: Judge): number | null => {
  if (log.epochs > 0 && !includesMetric(log.metrics, metric))
    throw new MissingMetric(metric, log.metrics, `in ${log.path ?? 'this log'}`)
  const sign = mode === 'min' ? 1 : -1
  const values = endsOf(log).flatMap(({ epoch, logs }) => {
    const value = lookup(logs, metric)
    return value === undefined ? [] : [{ epoch, worth: sign * value }]
  })
  const numbers = values.map(({ worth }) => worth).filter((worth) => !Number.isNaN(worth))
  const held = values.filter(({ epoch }) => kept !== null && epoch <= kept).at(-1)
  if (numbers.length === 0 || held === undefined) return null
  if (Number.isNaN(held.worth)) return Infinity
  const best = numbers.reduce((a, b) => Math.min(a, b))
  return held.worth === best ? 0 : held.worth - best
}
