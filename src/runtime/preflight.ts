import { MissingMetric } from '../dsl/Metrics.js'
import { PolicyError, type Policy } from '../dsl/Policy.js'
import { label } from '../dsl/Spec.js'
import { LintError, type Finding, type LintContext } from './lint/Finding.js'
import { findingsIn } from './lint/lint.js'
import { policiesIn, written } from './lint/parts.js'
import { rateSetters } from './lint/rules/learningRateWriters.js'
import { unreported } from './lint/rules/unknownMetric.js'
import { LearningRateConflict } from './resolve.js'

/** The policy that asks for that metric, or the whole where an enricher does. */
const whoWants = (policy: Policy<never>, metric: string): string => {
  const wants = policiesIn(policy.spec).find(
    ({ spec, provided }) => spec.metrics?.includes(metric) && !provided.has(metric),
  )
  return label(wants ? written(wants) : policy.spec)
}

/**
 * Mistakes that can be seen before the first event, live or in a replay: what `lint` calls an error is thrown, two writers of
 * the learning rate and metrics that the run doesn't report under names of their own. Gives the warnings. What isn't known yet
 * of the run is left out of `context`; `where` says whose metrics they are.
 */
export const preflight = (policy: Policy<never>, context: LintContext, where: string): ReadonlyArray<Finding> => {
  const { metrics, initialEpoch: epoch = 0 } = context
  const setters = rateSetters(policy.spec)
  if (setters.length > 1) throw new LearningRateConflict(setters.map(({ spec }) => label(spec)))
  const [wanted] = metrics ? unreported(policy.spec, metrics) : []
  if (wanted !== undefined)
    throw new PolicyError(
      whoWants(policy, wanted),
      { event: 'TrainBegin', epoch, batch: null },
      new MissingMetric(wanted, metrics ?? [], where),
    )
  const findings = findingsIn(policy.spec, context)
  const errors = findings.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new LintError(errors)
  return findings
}
