import * as v from 'valibot'
import { parse } from '../dsl/Options.js'
import { largestOf } from './argMax.js'
import { binned, calibrationCurve, calibrationEntries, type CalibrationOptions } from './calibrationCurve.js'
import {
  checkLabels,
  checkLengths,
  checkProbabilities,
  checkRows,
  checkWeights,
  isRows,
  mean,
  type Numbers,
  type Rows,
} from './internal/samples.js'

const schema = v.strictObject(calibrationEntries)

/**
 * How far probabilities are from what they promise: the mean over bins (15 unless said otherwise) of |share that is right - mean
 * confidence|, weighted by the samples in each (Naeini et al. 2015, Guo et al. 2017). With a row of probabilities a sample the
 * confidence is that of the class predicted, and `yTrue` holds columns; with a list it is the probability of the positive label.
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, or something is no probability
 * @example
 * import { expectedCalibrationError } from 'rxfit/metrics'
 * expectedCalibrationError([1, 1, 0, 0], [0.75, 0.75, 0.75, 0.75]) // => 0.25
 * expectedCalibrationError([0, 1], [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]) // => 0.5
 */
export const expectedCalibrationError = (
  yTrue: Numbers,
  yProb: Numbers | Rows,
  options: CalibrationOptions = {},
): number => {
  const metric = 'expectedCalibrationError'
  const { bins = 15, sampleWeight } = parse(metric, schema, options)
  checkLengths(metric, { yTrue, yProb, sampleWeight })
  const curve = (): ReturnType<typeof binned> => {
    if (!isRows(yProb)) return calibrationCurve(yTrue, yProb, { bins, ...(sampleWeight && { sampleWeight }) })
    checkLabels(metric, 'yTrue', yTrue)
    checkWeights(metric, sampleWeight)
    checkRows(metric, 'yProb', yProb)
    for (const row of yProb) checkProbabilities(metric, 'yProb', row)
    const predicted = yProb.map(largestOf)
    const confidence = yProb.map((row, i) => row[predicted[i] as number] as number)
    return binned((i) => predicted[i] === yTrue[i], confidence, bins, sampleWeight)
  }
  const { probTrue, probPred, weight } = curve()
  return mean(
    probTrue.map((share, i) => Math.abs(share - (probPred[i] as number))),
    weight,
  )
}
