import * as v from 'valibot'
import { flag, parse } from '../dsl/Options.js'
import { binaryEntries, countsOf, pick, total, type BinaryOptions, type Counts } from './internal/counts.js'
import type { Numbers } from './internal/samples.js'

export interface RocCurveOptions extends BinaryOptions {
  /** leave out points on a straight line between others. Default true */
  readonly dropIntermediate?: boolean
}

/** True against false positive rate, a point a threshold; the first, at threshold Infinity, is (0, 0). */
export interface RocCurve {
  readonly fpr: Float64Array
  readonly tpr: Float64Array
  /** falling: a score of at least this is taken for positive */
  readonly thresholds: Float64Array
}

const schema = v.strictObject({ ...binaryEntries, dropIntermediate: v.optional(flag, true) })

/** Whether a curve turns at a point: counts whose steps to and from it are the same lie on a line. */
const turns = (counts: Float64Array, i: number): boolean => {
  const [before, here, after] = [counts[i - 1], counts[i], counts[i + 1]] as [number, number, number]
  return after - here !== here - before
}

const corners = (counts: Counts): Counts => {
  const { truePositives, falsePositives } = counts
  const last = counts.thresholds.length - 1
  return pick(counts, (i) => i === 0 || i === last || turns(falsePositives, i) || turns(truePositives, i))
}

const fromZero = (counts: Float64Array, most: number): Float64Array =>
  Float64Array.from({ length: counts.length + 1 }, (_, i) => (i === 0 ? 0 : (counts[i - 1] as number)) / most)

/**
 * The receiver operating characteristic: `tpr = TP / P` against `fpr = FP / N` at each score as the threshold.
 * Scores need not be probabilities. Without negatives `fpr` is NaN throughout, and without positives `tpr`.
 * Equal to scikit-learn's `roc_curve`. O(n log n).
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, a label isn't whole, or a score isn't finite
 * @example
 * import { rocCurve } from 'rxfit/metrics'
 * const { fpr, tpr, thresholds } = rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
 * Array.from(fpr) // => [0, 0, 0.5, 0.5, 1]
 * Array.from(tpr) // => [0, 0.5, 0.5, 1, 1]
 * Array.from(thresholds) // => [Infinity, 0.8, 0.4, 0.35, 0.1]
 */
export const rocCurve = (yTrue: Numbers, yScore: Numbers, options: RocCurveOptions = {}): RocCurve => {
  const { dropIntermediate, onUndefined, ...binary } = parse('rocCurve', schema, options)
  const all = countsOf('rocCurve', yTrue, yScore, binary as BinaryOptions)
  const counts = dropIntermediate ? corners(all) : all
  const [negatives, positives] = [total(counts.falsePositives), total(counts.truePositives)]
  if (negatives === 0) onUndefined?.('no-negatives')
  if (positives === 0) onUndefined?.('no-positives')
  return {
    // a share of none is NaN everywhere, at the first point too: 0 / 0
    fpr: fromZero(counts.falsePositives, negatives),
    tpr: fromZero(counts.truePositives, positives),
    thresholds: Float64Array.from([Infinity, ...counts.thresholds]),
  }
}
