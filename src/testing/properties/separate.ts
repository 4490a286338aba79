import * as fc from 'fast-check'
import { directionOf, MissingMetric } from '../../dsl/Metrics.js'
import type { Json } from '../../dsl/Json.js'
import { PolicyError, type Policy } from '../../dsl/Policy.js'
import { union, type Spec } from '../../dsl/Spec.js'
import { fromEpochs, type EpochRow } from '../../logs/fromEpochs.js'
import { compare, type RunComparison } from '../../replay/compare.js'
import type { ReplayOptions } from '../../replay/replay.js'
import { metricsRead } from '../metricsRead.js'

export interface SeparateOptions extends ReplayOptions {
  /** how many curves are tried; from 1. Default 1000 */
  readonly curves?: number
  /** of the curves: the same seed tries the same ones. Default 0 */
  readonly seed?: number
}

/** A smallest run that tells two policies apart, or how many were tried without finding one. */
export type Separation =
  | {
      readonly found: true
      readonly rows: ReadonlyArray<EpochRow>
      readonly comparison: RunComparison
      readonly seed: number
      /** curves tried until the first that told them apart, before it was made smaller */
      readonly curves: number
    }
  | { readonly found: false; readonly seed: number; readonly curves: number }

const numbersIn = (x: Json | undefined): ReadonlyArray<number> => {
  if (typeof x === 'number') return [x]
  if (typeof x !== 'object' || x === null) return []
  return (Array.isArray(x) ? (x as ReadonlyArray<Json>) : Object.values(x as object)).flatMap((item) =>
    numbersIn(item as Json),
  )
}

const optionsOf = (spec: Spec): ReadonlyArray<number> => [
  ...numbersIn(spec.options),
  ...(spec.children ?? []).flatMap(optionsOf),
]

const batchEvents = new Set(['BatchBegin', 'BatchEnd'])

/** What curves must have in them to matter to these policies. */
interface Needs {
  readonly metrics: ReadonlyArray<string>
  /** numbers in their options: limits, deltas, counts */
  readonly constants: ReadonlyArray<number>
  readonly batches: boolean
}

const needsOf = (...policies: ReadonlyArray<Policy<never>>): Needs => {
  const specs = policies.map(({ spec }) => spec)
  return {
    metrics: union(...specs.map(metricsRead)),
    constants: [...new Set(specs.flatMap(optionsOf))].filter((x) => Number.isFinite(x)),
    batches: specs.some(({ events }) => events.some((tag) => batchEvents.has(tag))),
  }
}

/** Sums of few decimals print as they are meant. */
const round = (x: number): number => Number(x.toPrecision(12))

/**
 * Rows with few distinct values, so that ties and plateaus happen; values around every number of the options; a drift, so that
 * long runs that improve throughout happen too. Simplest first: short, whole numbers, no drift, nothing missing.
 */
const rowsOf = ({ metrics, constants, batches }: Needs): fc.Arbitrary<ReadonlyArray<EpochRow>> => {
  const counts = constants.filter((x) => Number.isSafeInteger(x) && x > 0 && x <= 500)
  const longest = Math.min(1500, 12 + 2 * counts.reduce((a, b) => a + b, 0))
  const level = fc.nat({ max: 5 })
  const small = constants.filter((x) => x !== 0 && Math.abs(x) < 1e6)
  const near: ReadonlyArray<fc.Arbitrary<number>> =
    small.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom(0, 1), fc.constantFrom(...small), fc.constantFrom(1, -1, 0.5, -0.5, 1.5))
            .map(([base, x, times]) => round(base + x * times)),
        ]
  const value: fc.Arbitrary<number | null> = fc.oneof(
    { withCrossShrink: true },
    { weight: 6, arbitrary: level },
    ...near.map((arbitrary) => ({ weight: 4, arbitrary })),
    { weight: 1, arbitrary: fc.constantFrom(null, NaN, Infinity) },
  )
  const rowOf = (names: ReadonlyArray<string>): fc.Arbitrary<Readonly<Record<string, number | null>>> =>
    fc.record(Object.fromEntries(names.map((metric) => [metric, value])))
  const measured = fc.record({
    row: rowOf(metrics),
    // every batch has a loss, whether a policy says that it reads it or not
    batches: fc.array(rowOf(union(metrics, ['loss'])), { maxLength: batches ? 3 : 0 }),
  })
  const drifts = fc.constantFrom(0, 1, 10, -1)
  return fc
    .record({ drift: drifts, rows: fc.array(measured, { maxLength: longest, size: 'max' }) })
    .map(({ drift, rows }) =>
      rows.map(({ row: given, batches: within }, epoch) => ({
        ...drifted(given, epoch * drift),
        ...(batches && { batches: within.map((batch) => drifted(batch, epoch * drift)) }),
      })),
    )
}

/** Better by that much. */
const drifted = (row: Readonly<Record<string, number | null>>, by: number): Record<string, number | null> =>
  Object.fromEntries(
    Object.entries(row).map(([metric, value]) => [
      metric,
      value === null || by === 0 ? value : round(directionOf(metric) === 'max' ? value + by : value - by),
    ]),
  )

/** What a function of a policy reads can't be seen in its spec: it is found out as it complains. */
const missingIn = (error: unknown): string | undefined => {
  const cause = error instanceof PolicyError ? error.cause : error
  return cause instanceof MissingMetric ? cause.wanted : undefined
}

/** No more names than this are asked for by one pair of policies. */
const mostMetrics = 50

/**
 * Looks for a run that tells two policies apart, and makes it as small as it can: fast-check's shrinking. The runs hold the
 * metrics that the policies read, with values around the numbers in their options. That none is found proves nothing: it says on
 * how many curves they agree. What a policy throws on a run that tells nothing else is thrown.
 * @category testing
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { separate } from 'rxfit/testing/properties'
 * const found = separate(earlyStopping({ patience: 2 }), earlyStopping({ patience: 3 }))
 * found.found && found.rows.length // => 3
 * separate(earlyStopping({ patience: 1 }), earlyStopping({ patience: 0 }), { curves: 100 }) // => { found: false, seed: 0, curves: 100 }
 */
export const separate = <A extends string, B extends string>(
  a: Policy<A>,
  b: Policy<B>,
  { curves = 1000, seed = 0, ...options }: SeparateOptions = {},
): Separation => {
  const one = a as unknown as Policy<never>
  const other = b as unknown as Policy<never>
  const on = (rows: ReadonlyArray<EpochRow>, metrics: ReadonlyArray<string>): RunComparison => {
    const log = fromEpochs(rows)
    // an empty run, and one whose values are all missing, report the metrics all the same
    return compare(one, other, [{ ...log, metrics: union(metrics, log.metrics) }], options).runs[0] as RunComparison
  }
  const search = (needs: Needs): Separation => {
    const thrown: Array<unknown> = []
    const agree = (rows: ReadonlyArray<EpochRow>): boolean => {
      try {
        return on(rows, needs.metrics).agree
      } catch (error) {
        // a run that one of them can't be asked about tells nothing, and must not be what a found one shrinks to
        thrown.push(error)
        return true
      }
    }
    const { failed, counterexample, numRuns } = fc.check(fc.property(rowsOf(needs), agree), { seed, numRuns: curves })
    const [rows] = counterexample ?? []
    if (failed && rows !== undefined)
      return { found: true, rows, comparison: on(rows, needs.metrics), seed, curves: numRuns }
    if (thrown.length === 0) return { found: false, seed, curves: numRuns }
    const metric = thrown.map(missingIn).find((name) => name !== undefined)
    if (metric === undefined || needs.metrics.includes(metric) || needs.metrics.length >= mostMetrics) throw thrown[0]
    return search({ ...needs, metrics: [...needs.metrics, metric] })
  }
  return search(needsOf(one, other))
}
