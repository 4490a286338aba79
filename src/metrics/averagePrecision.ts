import type { BinaryOptions } from './internal/counts.js'
import { distinct, type Numbers } from './internal/samples.js'
import { MetricError } from './MetricError.js'
import { precisionRecallCurve } from './precisionRecallCurve.js'

/**
 * `sum of (R[n] - R[n-1]) * P[n]` over the thresholds: the area under the steps of the precision-recall curve. 0 without
 * positives. Equal to scikit-learn's `average_precision_score`.
 * @category metrics
 * @throws MetricError as `precisionRecallCurve` does, and where neither of two labels is `posLabel` (default 1)
 * @example
 * import { averagePrecision } from 'rxfit/metrics'
 * averagePrecision([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]) // => 0.5
 */
export const averagePrecision = (yTrue: Numbers, yScore: Numbers, options: BinaryOptions = {}): number => {
  const { posLabel = 1 } = options
  const labels = distinct(yTrue)
  if (labels.length > 2 || (labels.length === 2 && !labels.includes(posLabel)))
    throw new MetricError(
      'averagePrecision',
      'labels',
      `yTrue must hold ${posLabel} and one more label, got ${labels.join(', ')}`,
    )
  const { precision, recall } = precisionRecallCurve(yTrue, yScore, { ...options, posLabel })
  let sum = 0
  for (let i = 0; i + 1 < recall.length; i += 1)
    sum += ((recall[i] as number) - (recall[i + 1] as number)) * (precision[i] as number)
  return sum
}
