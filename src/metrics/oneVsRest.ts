import * as v from 'valibot'
import { flag, oneOf, parse } from '../dsl/Options.js'
import { averaged, type Average, type BinaryMetric } from './internal/averaged.js'
import {
  checkLabels,
  checkLengths,
  checkRows,
  checkScores,
  distinct,
  numbers,
  sampleEntries,
  type Numbers,
  type Rows,
  type SampleOptions,
} from './internal/samples.js'
import type { Averaged } from './internal/perLabel.js'
import { MetricError } from './MetricError.js'

export interface OneVsRestOptions<A extends Average = Average> {
  /** default 'macro' */
  readonly average?: A
  /** all classes, in the order of the columns, rising; those that occur in `yTrue` unless given */
  readonly labels?: Numbers
  /** refuse rows that don't sum to 1, which catches logits. Default true */
  readonly probabilities?: boolean
}

const schema = v.strictObject({
  average: v.optional(oneOf('macro', 'weighted', 'micro', 'none'), 'macro'),
  labels: v.optional(numbers),
  probabilities: v.optional(flag, true),
})

const given = v.strictObject(sampleEntries)

const classesOf = (yTrue: Numbers, labels: Numbers | undefined, width: number): ReadonlyArray<number> => {
  const wrong = (problem: string): MetricError => new MetricError('oneVsRest', 'labels', problem)
  const there = distinct(yTrue)
  const classes = labels ? Array.from(labels) : there
  if (classes.some((label, i) => i > 0 && !((classes[i - 1] as number) < label)))
    throw wrong(`labels must be different and rise, got ${classes.join(', ')}`)
  if (classes.length !== width)
    throw wrong(`there are ${classes.length} classes, and ${width} columns of scores; say in labels which there are`)
  const stray = there.find((label) => !classes.includes(label))
  if (stray !== undefined) throw wrong(`yTrue holds ${stray}, which is not in labels: ${classes.join(', ')}`)
  return classes
}

/** NumPy's closeness to 1. */
const sumsToOne = (row: Numbers): boolean => {
  const sum = Array.from(row).reduce((a, b) => a + b, 0)
  return Math.abs(1 - sum) <= 1e-8 + 1e-5 * Math.abs(sum)
}

/**
 * A binary metric for several classes: each class against all others, averaged. Scores are a row a sample with a column a class,
 * in rising order of the classes. Equal to scikit-learn's `roc_auc_score(multi_class='ovr')`; and to its
 * `average_precision_score` with `probabilities: false`.
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, classes and columns differ, or a row doesn't sum to 1
 * @example
 * import { oneVsRest, rocAuc } from 'rxfit/metrics'
 * const scores = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.5, 0.25, 0.25]]
 * oneVsRest(rocAuc)([0, 1, 2], scores) // => 0.75
 * oneVsRest(rocAuc, { average: 'none' })([0, 1, 2], scores) // => [0.75, 1, 0.5]
 */
export const oneVsRest = <A extends Average = 'macro'>(
  metric: BinaryMetric,
  options: OneVsRestOptions<A> = {},
): ((yTrue: Numbers, yScore: Rows, samples?: SampleOptions) => Averaged<A>) => {
  const { average, labels, probabilities } = parse('oneVsRest', schema, options)
  return (yTrue, yScore, samples = {}) => {
    const { sampleWeight } = parse('oneVsRest', given, samples)
    checkLengths('oneVsRest', { yTrue, yScore, sampleWeight })
    checkLabels('oneVsRest', 'yTrue', yTrue)
    const width = checkRows('oneVsRest', 'yScore', yScore)
    for (const row of yScore) checkScores('oneVsRest', 'yScore', row)
    const odd = probabilities ? yScore.findIndex((row) => !sumsToOne(row)) : -1
    if (odd >= 0)
      throw new MetricError(
        'oneVsRest',
        'scores',
        `rows of yScore must sum to 1, not so at ${odd}; probabilities: false takes any scores`,
      )
    const classes = classesOf(yTrue, labels, width)
    const truth = Array.from(yTrue, (label) => classes.map((one) => (one === label ? 1 : 0)))
    return averaged(metric, average, truth, yScore, samples) as Averaged<A>
  }
}
