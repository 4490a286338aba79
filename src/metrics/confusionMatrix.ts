import * as v from 'valibot'
import { oneOf, parse } from '../dsl/Options.js'
import { checkPair } from './internal/perLabel.js'
import { distinct, numbers, sampleEntries, type Numbers, type SampleOptions } from './internal/samples.js'
import { MetricError } from './MetricError.js'

export interface ConfusionMatrixOptions extends SampleOptions {
  /** the labels taken, in this order; samples of others are left out. All that occur, rising, unless given */
  readonly labels?: Numbers
  /** shares instead of counts: of each row ('true'), of each column ('pred'), of all */
  readonly normalize?: 'true' | 'pred' | 'all'
}

/** `matrix[i][j]`: how many samples of `labels[i]` were predicted as `labels[j]`. */
export interface ConfusionMatrix {
  readonly matrix: ReadonlyArray<ReadonlyArray<number>>
  readonly labels: ReadonlyArray<number>
}

const schema = v.strictObject({
  ...sampleEntries,
  labels: v.optional(numbers),
  normalize: v.optional(oneOf('true', 'pred', 'all')),
})

const sum = (list: ReadonlyArray<number>): number => list.reduce((a, b) => a + b, 0)

/** A share of nothing is 0. */
const normalized = (
  matrix: ReadonlyArray<ReadonlyArray<number>>,
  by: 'true' | 'pred' | 'all',
): ReadonlyArray<ReadonlyArray<number>> => {
  const all = sum(matrix.map(sum))
  const columns = matrix.map((_, j) => sum(matrix.map((row) => row[j] as number)))
  return matrix.map((row) => {
    const rowSum = sum(row)
    return row.map((cell, j) => cell / ({ true: rowSum, pred: columns[j] as number, all }[by] || 1))
  })
}

/**
 * How often each class was predicted as each. Equal to scikit-learn's `confusion_matrix`.
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, a label isn't whole, or no sample has any of `labels`
 * @example
 * import { confusionMatrix } from 'rxfit/metrics'
 * confusionMatrix([0, 0, 1, 1, 1], [0, 1, 0, 1, 1]) // => { matrix: [[1, 1], [1, 2]], labels: [0, 1] }
 */
export const confusionMatrix = (
  yTrue: Numbers,
  yPred: Numbers,
  options: ConfusionMatrixOptions = {},
): ConfusionMatrix => {
  const { labels: given, sampleWeight, normalize, onUndefined } = parse('confusionMatrix', schema, options)
  checkPair('confusionMatrix', yTrue, yPred, sampleWeight)
  const labels = given ? Array.from(given) : distinct(yTrue, yPred)
  const wrong = (problem: string) => new MetricError('confusionMatrix', 'labels', problem)
  if (new Set(labels).size !== labels.length) throw wrong(`labels must be different, got ${labels.join(', ')}`)
  const indexOf = new Map(labels.map((label, i) => [label, i] as const))
  if (!distinct(yTrue).some((label) => indexOf.has(label)))
    throw wrong(`one of labels at least must be in yTrue, got ${labels.join(', ') || 'none'}`)
  const matrix = labels.map(() => labels.map(() => 0))
  for (let i = 0; i < yTrue.length; i += 1) {
    const [row, col] = [indexOf.get(yTrue[i] as number), indexOf.get(yPred[i] as number)]
    if (row === undefined || col === undefined) continue
    const cells = matrix[row] as Array<number>
    cells[col] = (cells[col] as number) + (sampleWeight ? (sampleWeight[i] as number) : 1)
  }
  if (labels.length === 1) onUndefined?.('one-label')
  return { matrix: normalize ? normalized(matrix, normalize) : matrix, labels }
}
