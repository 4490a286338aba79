import * as v from 'valibot'
import { atLeast, parse } from '../dsl/Options.js'
import {
  labelEntries,
  shareOfLabels,
  type Averaged,
  type LabelAverage,
  type LabelOptions,
} from './internal/perLabel.js'
import type { Numbers, Rows } from './internal/samples.js'

export interface FBetaOptions<A extends LabelAverage = LabelAverage> extends LabelOptions<A> {
  /** how many times recall weighs more than precision, 0 or more */
  readonly beta: number
}

const schema = v.strictObject({ ...labelEntries, beta: atLeast(0) })

/**
 * `(1 + b²) TP / ((1 + b²) TP + b² FN + FP)`: the harmonic mean of precision and recall, where recall weighs `beta` times as
 * much (van Rijsbergen 1979). Equal to scikit-learn's `fbeta_score`.
 * @category metrics
 * @throws OptionError where `beta` isn't 0 or more; MetricError as `precision` does
 * @example
 * import { fBeta } from 'rxfit/metrics'
 * fBeta([0, 1, 1, 1], [0, 1, 1, 0], { beta: 0.5 }) // => 10 / 11
 */
export const fBeta = <A extends LabelAverage = 'binary'>(
  yTrue: Numbers | Rows,
  yPred: Numbers | Rows,
  options: FBetaOptions<A>,
): Averaged<A> => {
  const { beta } = parse('fBeta', schema, options)
  const { beta: _, ...labels } = options
  const b2 = beta ** 2
  return shareOfLabels(
    'fBeta',
    {
      of: ({ hits, predicted, actual }) => [(1 + b2) * hits, b2 * actual + predicted],
      undefined: beta === 0 ? 'no-predicted' : 'no-true-nor-predicted',
    },
    yTrue,
    yPred,
    labels,
  ) as Averaged<A>
}
