import { fBeta } from './fBeta.js'
import type { Averaged, LabelAverage, LabelOptions } from './internal/perLabel.js'
import type { Numbers, Rows } from './internal/samples.js'

/**
 * `2 TP / (2 TP + FN + FP)`: the harmonic mean of precision and recall. Equal to scikit-learn's `f1_score`.
 * @category metrics
 * @throws MetricError as `precision` does
 * @example
 * import { f1 } from 'rxfit/metrics'
 * f1([0, 1, 1, 1], [0, 1, 1, 0]) // => 0.8
 */
export const f1 = <A extends LabelAverage = 'binary'>(
  yTrue: Numbers | Rows,
  yPred: Numbers | Rows,
  options: LabelOptions<A> = {},
): Averaged<A> => fBeta(yTrue, yPred, { beta: 1, ...options })
