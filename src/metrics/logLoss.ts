import * as v from 'valibot'
import { parse } from '../dsl/Options.js'
import {
  checkLabels,
  checkLengths,
  checkProbabilities,
  checkRows,
  checkWeights,
  distinct,
  isRows,
  mean,
  numbers,
  sampleEntries,
  type Numbers,
  type Rows,
  type SampleOptions,
} from './internal/samples.js'
import { MetricError } from './MetricError.js'

export interface LogLossOptions extends SampleOptions {
  /** all classes, in the order of the columns, rising; those that occur in `yTrue` unless given */
  readonly labels?: Numbers
}

const schema = v.strictObject({ ...sampleEntries, labels: v.optional(numbers) })

/** Probabilities are kept as far from 0 and 1 as numbers of their kind can tell, so that no loss is infinite. */
const epsilonOf = (list: Numbers): number => (list instanceof Float32Array ? 2 ** -23 : Number.EPSILON)

const classesOf = (yTrue: Numbers, labels: Numbers | undefined): ReadonlyArray<number> => {
  const there = distinct(yTrue)
  const classes = labels ? distinct(labels) : there
  const stray = there.find((label) => !classes.includes(label))
  if (stray !== undefined)
    throw new MetricError('logLoss', 'labels', `yTrue holds ${stray}, which is not in labels: ${classes.join(', ')}`)
  if (classes.length < 2)
    throw new MetricError(
      'logLoss',
      'labels',
      `there must be two classes at least; say in labels which there are, got ${classes.join(', ')}`,
    )
  return classes
}

/**
 * Cross-entropy: the mean of `-ln p` of the true class. `yProb` is a row of probabilities a sample, a column a class in rising
 * order, or a list of probabilities of the larger one of two. Equal to scikit-learn's `log_loss`.
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, classes and columns differ, or something is no probability
 * @example
 * import { logLoss } from 'rxfit/metrics'
 * logLoss([0, 1], [0.5, 0.5]) // => Math.LN2
 */
export const logLoss = (yTrue: Numbers, yProb: Numbers | Rows, options: LogLossOptions = {}): number => {
  const { labels, sampleWeight } = parse('logLoss', schema, options)
  checkLengths('logLoss', { yTrue, yProb, sampleWeight })
  checkLabels('logLoss', 'yTrue', yTrue)
  checkWeights('logLoss', sampleWeight)
  const classes = classesOf(yTrue, labels)
  const width = isRows(yProb) ? checkRows('logLoss', 'yProb', yProb) : 2
  if (width !== classes.length)
    throw new MetricError(
      'logLoss',
      'lengths',
      `there are ${classes.length} classes, and ${width} columns; say in labels which there are`,
    )
  for (const list of isRows(yProb) ? yProb : [yProb]) checkProbabilities('logLoss', 'yProb', list)
  const epsilon = epsilonOf(isRows(yProb) ? (yProb[0] as Numbers) : yProb)
  const losses = Float64Array.from(yTrue, (label, i) => {
    const c = classes.indexOf(label)
    const given = isRows(yProb) ? ((yProb[i] as Numbers)[c] as number) : (yProb[i] as number)
    const p = isRows(yProb) || c === 1 ? given : 1 - given
    return -Math.log(Math.min(Math.max(p, epsilon), 1 - epsilon))
  })
  return mean(losses, sampleWeight)
}
