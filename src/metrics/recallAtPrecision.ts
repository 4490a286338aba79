import * as v from 'valibot'
import { parse, within } from '../dsl/Options.js'
import { binaryEntries, type BinaryOptions } from './internal/counts.js'
import { bestPoint, type OperatingPoint } from './internal/operatingPoint.js'
import type { Numbers } from './internal/samples.js'
import { precisionRecallCurve } from './precisionRecallCurve.js'

export interface RecallAtPrecisionOptions extends BinaryOptions {
  /** the least precision, from 0 to 1 */
  readonly precision: number
}

/** The highest recall, and where it is had. */
export interface RecallAtPrecision extends OperatingPoint {
  /** at that point */
  readonly precision: number
}

const schema = v.strictObject({ ...binaryEntries, precision: within(0, 1) })

/**
 * The highest recall that any threshold has while precision is at least `precision`; of several such points that of the highest
 * precision. 0, with no threshold, where none has it. As Keras' `RecallAtPrecision`, but over all thresholds, not a grid of 200.
 * @category metrics
 * @throws OptionError where `precision` isn't from 0 to 1; MetricError as `precisionRecallCurve` does
 * @example
 * import { recallAtPrecision } from 'rxfit/metrics'
 * recallAtPrecision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { precision: 0.9 }) // => { value: 0.5, precision: 1, threshold: 0.8 }
 */
export const recallAtPrecision = (
  yTrue: Numbers,
  yScore: Numbers,
  options: RecallAtPrecisionOptions,
): RecallAtPrecision => {
  const { precision: floor, ...binary } = parse('recallAtPrecision', schema, options)
  const { precision, recall, thresholds } = precisionRecallCurve(yTrue, yScore, binary as BinaryOptions)
  const { value, held, threshold } = bestPoint(recall, precision, thresholds, floor)
  return { value, precision: held, threshold }
}
