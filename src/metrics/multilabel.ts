import * as v from 'valibot'
import { oneOf, parse } from '../dsl/Options.js'
import { averaged, type Average, type BinaryMetric } from './internal/averaged.js'
import type { Averaged } from './internal/perLabel.js'
import { checkLengths, checkRows, mean, sampleEntries, type Rows, type SampleOptions } from './internal/samples.js'
import { MetricError } from './MetricError.js'

/** As for classes, and 'samples': the mean over samples of the metric of each one's labels. */
export type MultilabelAverage = Average | 'samples'

export interface MultilabelOptions<A extends MultilabelAverage = MultilabelAverage> {
  /** default 'macro' */
  readonly average?: A
}

const schema = v.strictObject({ average: v.optional(oneOf('macro', 'weighted', 'micro', 'samples', 'none'), 'macro') })
const given = v.strictObject(sampleEntries)

/**
 * A binary metric for samples with several labels, or none: rows of 0 and 1, and rows of scores. Equal to scikit-learn's
 * `roc_auc_score` and `average_precision_score` of such rows.
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, or truth isn't 0 or 1
 * @example
 * import { multilabel, rocAuc } from 'rxfit/metrics'
 * const truth = [[1, 0], [0, 1], [1, 1], [0, 0]]
 * const scores = [[0.9, 0.2], [0.1, 0.8], [0.8, 0.1], [0.3, 0.3]]
 * multilabel(rocAuc, { average: 'none' })(truth, scores) // => [1, 0.5]
 */
export const multilabel = <A extends MultilabelAverage = 'macro'>(
  metric: BinaryMetric,
  options: MultilabelOptions<A> = {},
): ((yTrue: Rows, yScore: Rows, samples?: SampleOptions) => Averaged<A>) => {
  const { average } = parse('multilabel', schema, options)
  return (yTrue, yScore, samples = {}) => {
    const { sampleWeight, onUndefined } = parse('multilabel', given, samples)
    checkLengths('multilabel', { yTrue, yScore, sampleWeight })
    const widths = [checkRows('multilabel', 'yTrue', yTrue), checkRows('multilabel', 'yScore', yScore)]
    if (widths[0] !== widths[1])
      throw new MetricError(
        'multilabel',
        'lengths',
        `yTrue has ${widths[0] ?? 0} columns, and yScore ${widths[1] ?? 0}`,
      )
    const odd = yTrue.findIndex((row) => Array.from(row).some((label) => label !== 0 && label !== 1))
    if (odd >= 0) throw new MetricError('multilabel', 'labels', `yTrue must hold 0 and 1, got something else at ${odd}`)
    if (average !== 'samples') return averaged(metric, average, yTrue, yScore, samples) as Averaged<A>
    const told = onUndefined ? { onUndefined } : {}
    return mean(
      yTrue.map((row, i) => metric(row, yScore[i] as ArrayLike<number>, told)),
      sampleWeight,
    ) as Averaged<A>
  }
}
