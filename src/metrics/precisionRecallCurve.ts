import * as v from 'valibot'
import { flag, parse } from '../dsl/Options.js'
import { binaryEntries, countsOf, pick, total, type BinaryOptions, type Counts } from './internal/counts.js'
import type { Numbers } from './internal/samples.js'

export interface PrecisionRecallCurveOptions extends BinaryOptions {
  /** of points of the same recall leave out all but the first and the last. Default false */
  readonly dropIntermediate?: boolean
}

/** Precision and recall, a point a threshold; behind them stands the artificial point of precision 1 and recall 0. */
export interface PrecisionRecallCurve {
  /** one longer than `thresholds` */
  readonly precision: Float64Array
  /** falling; one longer than `thresholds` */
  readonly recall: Float64Array
  /** rising: a score of at least this is taken for positive */
  readonly thresholds: Float64Array
}

const schema = v.strictObject({ ...binaryEntries, dropIntermediate: v.optional(flag, false) })

const corners = (counts: Counts): Counts => {
  const { truePositives: tp } = counts
  const last = tp.length - 1
  return pick(counts, (i) => i === 0 || i === last || tp[i - 1] !== tp[i] || tp[i] !== tp[i + 1])
}

/**
 * `precision = TP / (TP + FP)` and `recall = TP / P` at each score as the threshold. Without positives recall is 1 by convention.
 * Equal to scikit-learn's `precision_recall_curve`. O(n log n).
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, a label isn't whole, or a score isn't finite
 * @example
 * import { precisionRecallCurve } from 'rxfit/metrics'
 * const { precision, recall, thresholds } = precisionRecallCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
 * Array.from(precision) // => [0.5, 2 / 3, 0.5, 1, 1]
 * Array.from(recall) // => [1, 1, 0.5, 0.5, 0]
 * Array.from(thresholds) // => [0.1, 0.35, 0.4, 0.8]
 */
export const precisionRecallCurve = (
  yTrue: Numbers,
  yScore: Numbers,
  options: PrecisionRecallCurveOptions = {},
): PrecisionRecallCurve => {
  const { dropIntermediate, onUndefined, ...binary } = parse('precisionRecallCurve', schema, options)
  const all = countsOf('precisionRecallCurve', yTrue, yScore, binary as BinaryOptions)
  const { thresholds, truePositives, falsePositives } = dropIntermediate ? corners(all) : all
  const positives = total(truePositives)
  if (positives === 0) onUndefined?.('no-positives')
  const precision = truePositives.map((tp, i) => tp / (tp + (falsePositives[i] as number)))
  const recall = truePositives.map((tp) => (positives === 0 ? 1 : tp / positives))
  return {
    precision: Float64Array.from([...precision.reverse(), 1]),
    recall: Float64Array.from([...recall.reverse(), 0]),
    thresholds: thresholds.reverse(),
  }
}
