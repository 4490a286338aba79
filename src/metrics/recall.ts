import { shareOfLabels, type Averaged, type LabelAverage, type LabelOptions } from './internal/perLabel.js'
import type { Numbers, Rows } from './internal/samples.js'

/**
 * `TP / (TP + FN)`: the share of what is a label that was predicted as it. Takes a class a sample, or a row of 0 and 1 for
 * several labels a sample. Equal to scikit-learn's `recall_score`.
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, or there are more labels than `average` can be of
 * @example
 * import { recall } from 'rxfit/metrics'
 * recall([0, 1, 1, 1], [0, 1, 1, 0]) // => 2 / 3
 * recall([0, 1, 2, 2], [0, 2, 2, 1], { average: 'macro' }) // => 0.5
 */
export const recall = <A extends LabelAverage = 'binary'>(
  yTrue: Numbers | Rows,
  yPred: Numbers | Rows,
  options: LabelOptions<A> = {},
): Averaged<A> =>
  shareOfLabels(
    'recall',
    { of: ({ hits, actual }) => [hits, actual], undefined: 'no-true' },
    yTrue,
    yPred,
    options,
  ) as Averaged<A>
