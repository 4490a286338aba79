import * as v from 'valibot'
import { parse } from '../../dsl/Options.js'
import { positiveOf } from './positives.js'
import {
  checkLabels,
  checkLengths,
  checkScores,
  checkWeights,
  sampleEntries,
  type Numbers,
  type SampleOptions,
} from './samples.js'

export interface BinaryOptions extends SampleOptions {
  /** the label that counts as positive; 1, where labels are 0 and 1 or -1 and 1 */
  readonly posLabel?: number
}

export const binaryEntries = { ...sampleEntries, posLabel: v.optional(v.number()) }

/** How many positives and negatives score at least each threshold. */
export interface Counts {
  /** the different scores, falling */
  readonly thresholds: Float64Array
  readonly truePositives: Float64Array
  readonly falsePositives: Float64Array
}

/**
 * Counts at every threshold, in one pass over the sorted scores: O(n log n). Samples that weigh nothing make no threshold.
 * Sums of positives and of negatives are kept apart, so that neither ever falls by rounding.
 */
export const countsOf = (metric: string, yTrue: Numbers, yScore: Numbers, options: BinaryOptions): Counts => {
  const { sampleWeight, posLabel } = parse(metric, v.strictObject(binaryEntries), options)
  checkLengths(metric, { yTrue, yScore, sampleWeight })
  checkLabels(metric, 'yTrue', yTrue)
  checkScores(metric, 'yScore', yScore)
  checkWeights(metric, sampleWeight)
  const positive = positiveOf(metric, yTrue, posLabel)
  const weightOf = (i: number): number => (sampleWeight ? (sampleWeight[i] as number) : 1)

  const order = Uint32Array.from({ length: yTrue.length }, (_, i) => i)
    .filter((i) => weightOf(i) !== 0)
    .sort((a, b) => (yScore[b] as number) - (yScore[a] as number))

  const thresholds = new Float64Array(order.length)
  const truePositives = new Float64Array(order.length)
  const falsePositives = new Float64Array(order.length)
  let points = 0
  let [tp, fp] = [0, 0]
  order.forEach((sample, rank) => {
    if (yTrue[sample] === positive) tp += weightOf(sample)
    else fp += weightOf(sample)
    const score = yScore[sample] as number
    const next = order[rank + 1]
    if (next !== undefined && yScore[next] === score) return
    thresholds[points] = score
    truePositives[points] = tp
    falsePositives[points] = fp
    points += 1
  })
  return {
    thresholds: thresholds.slice(0, points),
    truePositives: truePositives.slice(0, points),
    falsePositives: falsePositives.slice(0, points),
  }
}

/** Counts at some of their points. */
export const pick = (
  { thresholds, truePositives, falsePositives }: Counts,
  kept: (point: number) => boolean,
): Counts => ({
  thresholds: thresholds.filter((_, i) => kept(i)),
  truePositives: truePositives.filter((_, i) => kept(i)),
  falsePositives: falsePositives.filter((_, i) => kept(i)),
})

/** The last of a list: a count over all samples. */
export const total = (counts: Float64Array): number => counts[counts.length - 1] as number
