import { shareOfLabels, type Averaged, type LabelAverage, type LabelOptions } from './internal/perLabel.js'
import type { Numbers, Rows } from './internal/samples.js'

/**
 * `TP / (TP + FP)`: the share of what was predicted as a label that is it. Takes a class a sample, or a row of 0 and 1 for
 * several labels a sample. Equal to scikit-learn's `precision_score`.
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, or there are more labels than `average` can be of
 * @example
 * import { precision } from 'rxfit/metrics'
 * precision([0, 1, 1, 1], [0, 1, 1, 0]) // => 1
 * precision([0, 1, 2, 2], [0, 2, 2, 1], { average: 'none' }) // => [1, 0, 0.5]
 */
export const precision = <A extends LabelAverage = 'binary'>(
  yTrue: Numbers | Rows,
  yPred: Numbers | Rows,
  options: LabelOptions<A> = {},
): Averaged<A> =>
  shareOfLabels(
    'precision',
    { of: ({ hits, predicted }) => [hits, predicted], undefined: 'no-predicted' },
    yTrue,
    yPred,
    options,
  ) as Averaged<A>
