import * as v from 'valibot'
import { parse } from '../dsl/Options.js'
import { auc } from './auc.js'
import { MetricError } from './MetricError.js'
import { rocCurve } from './rocCurve.js'
import {
  checkLabels,
  checkLengths,
  distinct,
  sampleEntries,
  type Numbers,
  type SampleOptions,
} from './internal/samples.js'

export interface RocAucOptions extends SampleOptions {
  /** only the part of the curve up to this false positive rate, above 0 and at most 1, put on the scale of the whole (McClish 1989) */
  readonly maxFpr?: number
}

const schema = v.strictObject({
  ...sampleEntries,
  maxFpr: v.optional(v.pipe(v.number(), v.gtValue(0, 'must be above 0'), v.maxValue(1, 'must be at most 1'))),
})

/** Area up to a false positive rate, which the curve is cut at. */
const partial = (fpr: Float64Array, tpr: Float64Array, maxFpr: number): number => {
  const inside = fpr.filter((rate) => rate <= maxFpr).length
  const [x0, x1, y0, y1] = [fpr[inside - 1], fpr[inside], tpr[inside - 1], tpr[inside]] as [
    number,
    number,
    number,
    number,
  ]
  // the curve may end on the cut
  const cut = inside === fpr.length ? y0 : y0 + ((y1 - y0) / (x1 - x0)) * (maxFpr - x0)
  return auc([...fpr.subarray(0, inside), maxFpr], [...tpr.subarray(0, inside), cut])
}

/**
 * The area under the ROC curve: the chance that a positive scores above a negative, ties counting half. Of any two labels the
 * larger one is positive. NaN where all samples are of one class. For more classes see `oneVsRest`, for several labels a sample
 * `multilabel`. Equal to scikit-learn's `roc_auc_score`. O(n log n).
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, there are more than two labels, or a score isn't finite
 * @example
 * import { rocAuc } from 'rxfit/metrics'
 * rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // => 0.75
 * rocAuc([1, 1], [0.1, 0.4]) // => NaN
 */
export const rocAuc = (yTrue: Numbers, yScore: Numbers, options: RocAucOptions = {}): number => {
  const { maxFpr = 1, sampleWeight, onUndefined } = parse('rocAuc', schema, options)
  checkLengths('rocAuc', { yTrue, yScore, sampleWeight })
  checkLabels('rocAuc', 'yTrue', yTrue)
  const labels = distinct(yTrue)
  if (labels.length > 2)
    throw new MetricError(
      'rocAuc',
      'labels',
      `yTrue must hold two classes at most, got ${labels.length}; see oneVsRest`,
    )
  const oneClass = labels.length === 1
  const { fpr, tpr } = rocCurve(yTrue, yScore, {
    posLabel: labels.at(-1) as number,
    dropIntermediate: false,
    ...(sampleWeight && { sampleWeight }),
    // of two classes one may weigh nothing
    ...(onUndefined && !oneClass && { onUndefined }),
  })
  if (oneClass) {
    onUndefined?.('one-class')
    return NaN
  }
  if (maxFpr === 1) return auc(fpr, tpr)
  const [least, most] = [maxFpr ** 2 / 2, maxFpr]
  return (1 + (partial(fpr, tpr, maxFpr) - least) / (most - least)) / 2
}
