import { auc } from './auc.js'
import type { BinaryOptions } from './internal/counts.js'
import type { Numbers } from './internal/samples.js'
import { precisionRecallCurve } from './precisionRecallCurve.js'

/**
 * The area under the precision-recall curve by trapezoids: scikit-learn's `auc(recall, precision)`. Straight lines between
 * points flatter a classifier; `averagePrecision` doesn't draw any. 0.5 by convention without positives.
 * @category metrics
 * @throws MetricError as `precisionRecallCurve` does
 * @example
 * import { prAuc } from 'rxfit/metrics'
 * prAuc([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]) // => 0.75
 */
export const prAuc = (yTrue: Numbers, yScore: Numbers, options: BinaryOptions = {}): number => {
  const { precision, recall } = precisionRecallCurve(yTrue, yScore, options)
  return auc(recall, precision)
}
