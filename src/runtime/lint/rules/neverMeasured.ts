import { nearest } from '../../../dsl/nearest.js'
import { mayHave } from '../measured.js'
import type { Part } from '../parts.js'
import type { Rule, Subject } from '../Rule.js'
import { monitored } from '../signals.js'

/** Metrics of epochs that a part would like to read, and goes on without. */
const skipped = (part: Part, { watchers }: Subject): ReadonlyArray<string> => {
  const own = monitored(part)
  const named =
    own?.at === 'EpochEnd'
      ? [own.metric]
      : watchers.flatMap((one) => (one.part === part && part.spec.kind !== 'emit' ? [one.what] : []))
  return named.filter((metric) => !part.spec.metrics?.includes(metric) && !part.provided.has(metric))
}

export const neverMeasured: Rule = {
  name: 'never-measured',
  severity: 'warning',
  what: "a metric that the run doesn't report, in a part that passes over a missing one (onMissing 'skip', some dialects)",
  why: 'the part never acts: it stops, cuts, saves and restores nothing, and says nothing',
  check: (subject) => {
    const { parts, policies, context } = subject
    const { metrics } = context
    if (metrics === undefined) return []
    const monitors = parts.filter((part) => monitored(part))
    return [...policies, ...monitors].flatMap((part) =>
      skipped(part, subject)
        .filter((metric) => !mayHave(metrics, parts, metric))
        .map((metric) => {
          const guess = nearest(metric, metrics)
          return {
            path: part.path,
            message: `never acts: '${metric}' is not among ${metrics.join(', ')}${guess ? ` (did you mean '${guess}'?)` : ''}`,
          }
        }),
    )
  },
}
