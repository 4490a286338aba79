import { lookup, read, includesMetric } from '../../dsl/Metrics.js'
import type { EpochEnd, TrainingEvent } from '../../dsl/TrainingEvent.js'

/**
 * Lightning keeps every metric until it is logged again, so what an epoch didn't log is still there, and is judged again as if
 * it were new. Only where no validation was due, and the check is made after validation, nothing is looked at.
 */
export type Seen =
  | { readonly _tag: 'value'; readonly value: number }
  /** no validation, so no check */
  | { readonly _tag: 'unasked' }
  /** a check, though there has never been a value */
  | { readonly _tag: 'nothing' }

/** Whether validation was due in that epoch: it logged the metric, or should have. */
export const validated = (event: TrainingEvent, metric: string): boolean =>
  !includesMetric((event as EpochEnd).missing ?? [], metric)

/** The metric as a check at the end of this epoch finds it; float32, as tensors are. */
export const see = (event: TrainingEvent, metric: string, last: number | null, onTrainEpochEnd: boolean): Seen => {
  const fresh = lookup(event.logs, metric)
  if (fresh !== undefined) return { _tag: 'value', value: Math.fround(fresh) }
  if (!onTrainEpochEnd && !validated(event, metric)) return { _tag: 'unasked' }
  return last === null ? { _tag: 'nothing' } : { _tag: 'value', value: last }
}

/** The error of a metric that isn't there. */
export const complain = (event: TrainingEvent, metric: string): never => {
  read({ ...event, missing: [] } as TrainingEvent, metric, 'error')
  throw new Error(`metric '${metric}' is not reported`)
}
