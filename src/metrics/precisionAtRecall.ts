import * as v from 'valibot'
import { parse, within } from '../dsl/Options.js'
import { binaryEntries, type BinaryOptions } from './internal/counts.js'
import { bestPoint, type OperatingPoint } from './internal/operatingPoint.js'
import type { Numbers } from './internal/samples.js'
import { precisionRecallCurve } from './precisionRecallCurve.js'

export interface PrecisionAtRecallOptions extends BinaryOptions {
  /** the least recall, from 0 to 1 */
  readonly recall: number
}

/** The highest precision, and where it is had. */
export interface PrecisionAtRecall extends OperatingPoint {
  /** at that point */
  readonly recall: number
}

const schema = v.strictObject({ ...binaryEntries, recall: within(0, 1) })

/**
 * The highest precision that any threshold has while recall is at least `recall`; of several such points that of the highest
 * recall. As Keras' `PrecisionAtRecall`, but over all thresholds, not a grid of 200.
 * @category metrics
 * @throws OptionError where `recall` isn't from 0 to 1; MetricError as `precisionRecallCurve` does
 * @example
 * import { precisionAtRecall } from 'rxfit/metrics'
 * precisionAtRecall([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { recall: 0.5 }) // => { value: 1, recall: 0.5, threshold: 0.8 }
 */
export const precisionAtRecall = (
  yTrue: Numbers,
  yScore: Numbers,
  options: PrecisionAtRecallOptions,
): PrecisionAtRecall => {
  const { recall: floor, ...binary } = parse('precisionAtRecall', schema, options)
  const { precision, recall, thresholds } = precisionRecallCurve(yTrue, yScore, binary as BinaryOptions)
  const { value, held, threshold } = bestPoint(precision, recall, thresholds, floor)
  return { value, recall: held, threshold }
}
