import { prefixed } from '../../builtins/internal/namedData.js'
import { includesMetric } from '../../dsl/Metrics.js'
import type { Spec } from '../../dsl/Spec.js'
import type { Part } from './parts.js'

/** What measure: they add metrics to the run's. */
const measurers: ReadonlySet<string> = new Set(['evaluateEvery', 'gradientNorms', 'textComparison'])

/** What the metrics begin with that an `evaluateEvery` adds; who made its spec by hand may have left it without any. */
const prefixesOf = ({ kind, options = {} }: Spec): ReadonlyArray<string> => {
  const { data, prefix = '{name}_' } = options
  if (kind !== 'evaluateEvery' || typeof prefix !== 'string') return []
  return [data].flat().flatMap((name) => (typeof name === 'string' ? [prefixed(prefix, name)] : []))
}

/** What the metrics of evaluations begin with. */
const prefixesIn = (parts: ReadonlyArray<Part>): ReadonlyArray<string> => parts.flatMap(({ spec }) => prefixesOf(spec))

/** The names of gradients' norms; those of layers and weights, which only the model knows, are behind a slash. */
const normsIn = (parts: ReadonlyArray<Part>): ReadonlyArray<string> =>
  parts.flatMap(({ spec }) => (spec.kind === 'gradientNorms' ? (spec.provides ?? []) : []))

/**
 * Whether a run that reports these metrics may have this one. What an evaluation adds are the loss, what was asked for, and
 * metrics that only the model knows: so any name that begins as its names do, unless they are among the run's already.
 */
export const mayHave = (metrics: ReadonlyArray<string>, parts: ReadonlyArray<Part>, metric: string): boolean =>
  includesMetric(metrics, metric) ||
  parts.some(({ spec }) => measurers.has(spec.kind) && spec.provides?.includes(metric)) ||
  normsIn(parts).some((name) => metric.startsWith(`${name}/`) && !metrics.includes(name)) ||
  prefixesIn(parts).some((prefix) => metric.startsWith(prefix) && !metrics.includes(`${prefix}loss`))
