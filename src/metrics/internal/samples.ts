import * as v from 'valibot'
import { such } from '../../dsl/Options.js'
import { MetricError } from '../MetricError.js'
import type { OnUndefined } from '../Undefined.js'

/** Typed arrays and plain ones. */
export type Numbers = ArrayLike<number>
/** One list a sample: a number for each class or label. */
export type Rows = ReadonlyArray<Numbers>

/** What every metric takes. */
export interface SampleOptions {
  /** how much each sample counts, finite and 0 or more; all the same unless given */
  readonly sampleWeight?: Numbers
  /** is told why the result is undefined, where it is */
  readonly onUndefined?: OnUndefined
}

const isNumbers = (x: unknown): x is Numbers =>
  (Array.isArray(x) || ArrayBuffer.isView(x)) && 'length' in x && Number.isInteger(x.length)

export const numbers = such<Numbers>(isNumbers, 'must be a list of numbers')

/** Entries of every metric's schema. */
export const sampleEntries = {
  sampleWeight: v.optional(numbers),
  onUndefined: v.optional(such<OnUndefined>((x) => typeof x === 'function', 'must be a function')),
}

export const isRows = (x: Numbers | Rows): x is Rows => x.length > 0 && typeof x[0] === 'object'

/** Throws unless there are samples, and as many in each list. */
export const checkLengths = (
  metric: string,
  lists: Readonly<Record<string, ArrayLike<unknown> | undefined>>,
): number => {
  const given = Object.entries(lists).flatMap(([name, list]) => (list ? [[name, list.length] as const] : []))
  const lengths = new Set(given.map(([, length]) => length))
  if (lengths.size > 1) {
    const what = given.map(([name, length]) => `${name} ${length}`).join(', ')
    throw new MetricError(metric, 'lengths', `there must be as many samples everywhere, got ${what}`)
  }
  const [length = 0] = lengths
  if (length === 0) throw new MetricError(metric, 'empty', 'there are no samples')
  return length
}

const mustAll = (
  metric: string,
  fault: 'labels' | 'scores' | 'weights',
  name: string,
  list: Numbers,
  holds: (x: number) => boolean,
  rule: string,
): void => {
  for (let i = 0; i < list.length; i += 1)
    if (!holds(list[i] as number))
      throw new MetricError(metric, fault, `${name} must ${rule}, got ${String(list[i])} at ${i}`)
}

export const checkLabels = (metric: string, name: string, labels: Numbers): void =>
  mustAll(metric, 'labels', name, labels, Number.isInteger, 'hold whole numbers (classes)')

export const checkScores = (metric: string, name: string, scores: Numbers): void =>
  mustAll(metric, 'scores', name, scores, Number.isFinite, 'be finite')

export const checkProbabilities = (metric: string, name: string, scores: Numbers): void =>
  mustAll(metric, 'scores', name, scores, (x) => x >= 0 && x <= 1, 'be probabilities, from 0 to 1')

export const checkWeights = (metric: string, weights: Numbers | undefined): void => {
  if (!weights) return
  mustAll(metric, 'weights', 'sampleWeight', weights, (x) => x >= 0 && x < Infinity, 'be finite and 0 or more')
  if (!Array.from(weights).some((weight) => weight > 0))
    throw new MetricError(metric, 'weights', 'sampleWeight must be above 0 for one sample at least')
}

/** Throws unless all rows are as long; how long that is. */
export const checkRows = (metric: string, name: string, rows: Rows): number => {
  const width = rows[0]?.length ?? 0
  const odd = rows.findIndex((row) => row.length !== width)
  if (odd >= 0)
    throw new MetricError(
      metric,
      'lengths',
      `${name} must have ${width} columns in every row, got ${rows[odd]?.length ?? 0} at ${odd}`,
    )
  return width
}

/** The different numbers in some lists, rising. */
export const distinct = (...lists: ReadonlyArray<Numbers>): ReadonlyArray<number> => {
  const seen = new Set<number>()
  for (const list of lists) for (let i = 0; i < list.length; i += 1) seen.add(list[i] as number)
  return [...seen].sort((a, b) => a - b)
}

/** One column of rows. */
export const column = (rows: Rows, c: number): Float64Array => Float64Array.from(rows, (row) => row[c] as number)

/** Mean of numbers, weighted if weights are given. */
export const mean = (values: Numbers, weights?: Numbers): number => {
  let sum = 0
  let total = 0
  for (let i = 0; i < values.length; i += 1) {
    const weight = weights ? (weights[i] as number) : 1
    sum += weight * (values[i] as number)
    total += weight
  }
  return sum / total
}
