import { includesMetric, MissingMetric } from '../../../dsl/Metrics.js'
import type { Spec } from '../../../dsl/Spec.js'
import { mayHave } from '../measured.js'
import { inside, policiesIn, type Part } from '../parts.js'
import type { Rule } from '../Rule.js'

/** The metrics that callbacks can't do without and that a run doesn't report. */
export const unreported = (spec: Spec, metrics: ReadonlyArray<string>): ReadonlyArray<string> =>
  (spec.metrics ?? []).filter((metric) => !includesMetric(metrics, metric))

/** The innermost part that asks for a metric. */
const whoWants = (part: Part, metric: string): Part => {
  const child = inside(part).find(({ spec }) => spec.metrics?.includes(metric))
  return child ? whoWants(child, metric) : part
}

export const unknownMetric: Rule = {
  name: 'unknown-metric',
  severity: 'error',
  what: "a metric that the run doesn't report, where its metrics are known",
  why: 'the part that reads it can do nothing, and the fit is refused',
  check: ({ spec, parts: all, context: { metrics } }) => {
    if (metrics === undefined) return []
    const missing = unreported(spec, metrics).filter((metric) => !mayHave(metrics, all, metric))
    return missing.flatMap((metric) => {
      const wants = policiesIn(spec).filter((part) => part.spec.metrics?.includes(metric) && !part.provided.has(metric))
      const parts = wants.length > 0 ? wants.map((part) => whoWants(part, metric)) : [{ path: spec.kind }]
      return parts.map(({ path }) => ({ path, message: new MissingMetric(metric, metrics, 'by this run').message }))
    })
  },
}
