import * as v from 'valibot'
import { oneOf, parse, such } from '../../dsl/Options.js'
import { MetricError } from '../MetricError.js'
import type { Undefined } from '../Undefined.js'
import {
  checkLabels,
  checkLengths,
  checkRows,
  checkWeights,
  column,
  distinct,
  isRows,
  numbers,
  sampleEntries,
  type Numbers,
  type Rows,
  type SampleOptions,
} from './samples.js'

/**
 * How the numbers of labels become one. 'binary': that of `posLabel` alone; 'macro': their mean; 'weighted': their mean, weighted
 * by how often each label is true; 'micro': of all counts together; 'none': a number a label.
 */
export type LabelAverage = 'binary' | 'macro' | 'weighted' | 'micro' | 'none'

export interface LabelOptions<A extends LabelAverage = LabelAverage> extends SampleOptions {
  /** default 'binary' */
  readonly average?: A
  /** the labels taken, in this order (columns, where samples have several); all that occur unless given */
  readonly labels?: Numbers
  /** of 'binary': the label that counts as positive. Default 1 */
  readonly posLabel?: number
  /** the value where there is nothing to divide by: 0, 1 or NaN, which averages pass over. Default 0 */
  readonly zeroDivision?: number
}

/** One number, or one a label. */
export type Averaged<A> = A extends 'none' ? ReadonlyArray<number> : number

export const labelEntries = {
  ...sampleEntries,
  average: v.optional(oneOf('binary', 'macro', 'weighted', 'micro', 'none'), 'binary'),
  labels: v.optional(numbers),
  posLabel: v.optional(v.number(), 1),
  zeroDivision: v.optional(such<number>((x) => x === 0 || x === 1 || Number.isNaN(x), 'must be 0, 1 or NaN')),
}

/** Weights of what was predicted and what is true of one label. */
export interface LabelCounts {
  readonly hits: number
  readonly predicted: number
  readonly actual: number
}

const countsOfClasses = (yTrue: Numbers, yPred: Numbers, labels: Numbers, weights: Numbers | undefined) => {
  const indexOf = new Map(Array.from(labels, (label, i) => [label, i] as const))
  const counts = Array.from(labels, () => ({ hits: 0, predicted: 0, actual: 0 }))
  for (let i = 0; i < yTrue.length; i += 1) {
    const weight = weights ? (weights[i] as number) : 1
    const actual = counts[indexOf.get(yTrue[i] as number) ?? -1]
    const predicted = counts[indexOf.get(yPred[i] as number) ?? -1]
    if (actual) actual.actual += weight
    if (predicted) predicted.predicted += weight
    if (actual && actual === predicted) actual.hits += weight
  }
  return counts
}

/** Throws unless both are classes, or both are rows of 0 and 1 as wide. */
export const checkPair = (
  metric: string,
  yTrue: Numbers | Rows,
  yPred: Numbers | Rows,
  weights: Numbers | undefined,
): void => {
  checkLengths(metric, { yTrue, yPred, sampleWeight: weights })
  checkWeights(metric, weights)
  const pair = { yTrue, yPred }
  if (isRows(yTrue) !== isRows(yPred))
    throw new MetricError(
      metric,
      'labels',
      'yTrue and yPred must both hold one class a sample, or both a row of 0 and 1',
    )
  for (const [name, labels] of Object.entries(pair)) {
    if (!isRows(labels)) checkLabels(metric, name, labels)
    else {
      checkRows(metric, name, labels)
      const odd = labels.findIndex((row) => Array.from(row).some((label) => label !== 0 && label !== 1))
      if (odd >= 0)
        throw new MetricError(metric, 'labels', `${name} must hold 0 and 1 in its rows, got something else at ${odd}`)
    }
  }
  if (isRows(yTrue) && isRows(yPred) && yTrue[0]?.length !== yPred[0]?.length)
    throw new MetricError(metric, 'lengths', 'rows of yTrue and yPred must have as many columns')
}

const positiveLabels = (metric: string, yTrue: Numbers | Rows, yPred: Numbers | Rows, posLabel: number): Numbers => {
  const there = isRows(yTrue) || isRows(yPred) ? [] : distinct(yTrue, yPred)
  if (isRows(yTrue) || there.length > 2)
    throw new MetricError(
      metric,
      'labels',
      `there are more labels than two: choose average 'macro', 'weighted', 'micro' or 'none'`,
    )
  if (there.length === 2 && !there.includes(posLabel))
    throw new MetricError(metric, 'labels', `posLabel must be one of ${there.join(', ')}, got ${posLabel}`)
  return [posLabel]
}

const countsOfColumns = (
  metric: string,
  yTrue: Rows,
  yPred: Rows,
  labels: Numbers | undefined,
  weights: Numbers | undefined,
) => {
  const width = yTrue[0]?.length ?? 0
  return Array.from(labels ?? { length: width }, (label, i) => {
    const c = typeof label === 'number' ? label : i
    if (!(c >= 0 && c < width))
      throw new MetricError(metric, 'labels', `labels must be columns, from 0 to ${width - 1}, got ${c}`)
    return countsOfClasses(column(yTrue, c), column(yPred, c), [1], weights)[0] as LabelCounts
  })
}

const together = (counts: ReadonlyArray<LabelCounts>): LabelCounts => ({
  hits: counts.reduce((sum, { hits }) => sum + hits, 0),
  predicted: counts.reduce((sum, { predicted }) => sum + predicted, 0),
  actual: counts.reduce((sum, { actual }) => sum + actual, 0),
})

/** Mean of what is a number; weighted, unless no label of weight has one. NaN where nothing is. */
const nanMean = (values: ReadonlyArray<number>, weights?: ReadonlyArray<number>): number => {
  let [sum, total, plain, n] = [0, 0, 0, 0]
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return
    const weight = weights?.[i] ?? 1
    sum += weight * value
    total += weight
    plain += value
    n += 1
  })
  return total > 0 ? sum / total : plain / n
}

/** A share of one label's counts: what of it, of how much, and what it means that there is none of that. */
export interface Share {
  readonly of: (counts: LabelCounts) => readonly [part: number, whole: number]
  readonly undefined: Undefined
}

/** A share of every label, averaged. */
export const shareOfLabels = (
  metric: string,
  share: Share,
  yTrue: Numbers | Rows,
  yPred: Numbers | Rows,
  options: LabelOptions,
): number | ReadonlyArray<number> => {
  const given = parse(metric, v.strictObject(labelEntries), options)
  const { average, sampleWeight, zeroDivision = 0, onUndefined } = given
  checkPair(metric, yTrue, yPred, sampleWeight)
  const labels = average === 'binary' ? positiveLabels(metric, yTrue, yPred, given.posLabel) : given.labels
  const each =
    isRows(yTrue) && isRows(yPred)
      ? countsOfColumns(metric, yTrue, yPred, labels, sampleWeight)
      : countsOfClasses(
          yTrue as Numbers,
          yPred as Numbers,
          labels ?? distinct(yTrue as Numbers, yPred as Numbers),
          sampleWeight,
        )
  const counts = average === 'micro' ? [together(each)] : each
  const shares = counts.map(share.of)
  // who says what division by 0 gives knows of it
  if (given.zeroDivision === undefined && shares.some(([, whole]) => whole === 0)) onUndefined?.(share.undefined)
  const values = shares.map(([part, whole]) => (whole === 0 ? zeroDivision : part / whole))
  if (average === 'none') return values
  return average === 'weighted'
    ? nanMean(
        values,
        counts.map(({ actual }) => actual),
      )
    : nanMean(values)
}
