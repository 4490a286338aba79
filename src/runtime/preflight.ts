import { includesMetric, MissingMetric } from '../dsl/Metrics.js'
import { PolicyError, requires, type Policy } from '../dsl/Policy.js'
import { label, type Spec } from '../dsl/Spec.js'
import { LearningRateConflict } from './resolve.js'

/** Parts that set the learning rate to a value, each by its name. */
const rateSetters = (spec: Spec): ReadonlyArray<string> => {
  if (spec.learningRate !== 'sets') return []
  const inner = (spec.children ?? []).filter((child) => child.learningRate === 'sets')
  return inner.length > 0 ? inner.flatMap(rateSetters) : [label(spec)]
}

/** The innermost part that asks for that metric. */
const whoWants = (spec: Spec, metric: string): Spec => {
  const child = (spec.children ?? []).find((part) => part.metrics?.includes(metric))
  return child ? (spec.kind === 'all' ? whoWants(child, metric) : spec) : spec
}

/**
 * Mistakes that can be seen before the first event, live or in a replay: a metric that the run doesn't report, two policies
 * that set the learning rate. `metrics` undefined: what the run reports isn't known yet.
 */
export const preflight = (
  policy: Policy<never>,
  metrics: ReadonlyArray<string> | undefined,
  where: string,
  epoch = 0,
): void => {
  const setters = rateSetters(policy.spec)
  if (setters.length > 1) throw new LearningRateConflict(setters)
  const wanted = metrics && requires(policy).find((name) => !includesMetric(metrics, name))
  if (wanted !== undefined)
    throw new PolicyError(
      label(whoWants(policy.spec, wanted)),
      { event: 'TrainBegin', epoch, batch: null },
      new MissingMetric(wanted, metrics ?? [], where),
    )
}
