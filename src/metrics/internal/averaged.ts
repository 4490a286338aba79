import type { SampleOptions, Numbers, Rows } from './samples.js'
import { column, mean } from './samples.js'

/**
 * How the numbers of classes or labels become one. 'macro': their mean; 'weighted': their mean, weighted by how often each is
 * true; 'micro': of all decisions together; 'none': a number each.
 */
export type Average = 'macro' | 'weighted' | 'micro' | 'none'

/** A metric of two classes: `rocAuc`, `averagePrecision`, `prAuc`, or one of your own. */
export type BinaryMetric = (yTrue: Numbers, yScore: Numbers, options?: SampleOptions) => number

const flat = (rows: Rows): Float64Array => Float64Array.from(rows.flatMap((row) => Array.from(row)))

/** A binary metric of each column, averaged. Truth is 0 and 1. */
export const averaged = (
  metric: BinaryMetric,
  average: Average,
  yTrue: Rows,
  yScore: Rows,
  { sampleWeight, onUndefined }: SampleOptions,
): number | ReadonlyArray<number> => {
  const width = yScore[0]?.length ?? 0
  const told = onUndefined ? { onUndefined } : {}
  if (average === 'micro') {
    const weights =
      sampleWeight &&
      Float64Array.from({ length: width * yTrue.length }, (_, i) => sampleWeight[Math.floor(i / width)] as number)
    return metric(flat(yTrue), flat(yScore), { ...told, ...(weights && { sampleWeight: weights }) })
  }
  const truths = Array.from({ length: width }, (_, c) => column(yTrue, c))
  const weight = truths.map((truth) =>
    truth.reduce((sum, one, i) => sum + one * (sampleWeight ? (sampleWeight[i] as number) : 1), 0),
  )
  if (average === 'weighted' && weight.every((w) => w === 0)) return 0
  const values = truths.map((truth, c) =>
    metric(truth, column(yScore, c), { ...told, ...(sampleWeight && { sampleWeight }) }),
  )
  if (average === 'none') return values
  if (average === 'macro') return mean(values)
  // what never occurs weighs nothing, defined or not
  return mean(
    values.map((value, c) => (weight[c] === 0 ? 0 : value)),
    weight,
  )
}
