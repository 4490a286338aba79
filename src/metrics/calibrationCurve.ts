import * as v from 'valibot'
import { parse, positive } from '../dsl/Options.js'
import {
  checkLabels,
  checkLengths,
  checkProbabilities,
  checkWeights,
  sampleEntries,
  type Numbers,
  type SampleOptions,
} from './internal/samples.js'
import { positiveOf } from './internal/positives.js'

export interface CalibrationOptions extends SampleOptions {
  /** how many bins of equal width there are from 0 to 1 */
  readonly bins?: number
}

export interface CalibrationCurveOptions extends CalibrationOptions {
  /** the label that counts as positive; 1, where labels are 0 and 1 or -1 and 1 */
  readonly posLabel?: number
}

/** Bins that hold samples, rising. */
export interface CalibrationCurve {
  /** the share of positives in each */
  readonly probTrue: ReadonlyArray<number>
  /** the mean probability in each */
  readonly probPred: ReadonlyArray<number>
  /** the weight of each; without `sampleWeight`, how many samples it holds */
  readonly weight: ReadonlyArray<number>
}

export const calibrationEntries = { ...sampleEntries, bins: v.optional(positive) }

const schema = v.strictObject({ ...calibrationEntries, posLabel: v.optional(v.number()) })

/** The bin that a probability falls into: a bin holds its upper edge. */
const binOf = (p: number, edges: ReadonlyArray<number>): number => {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((edges[middle] as number) < p) low = middle + 1
    else high = middle
  }
  return low
}

/** Hits and confidences gathered in bins. */
export const binned = (
  right: (i: number) => boolean,
  confidence: Numbers,
  bins: number,
  weights?: Numbers,
): CalibrationCurve => {
  const width = 1 / bins
  const edges = Array.from({ length: bins - 1 }, (_, i) => (i + 1) * width)
  const sums = Array.from({ length: bins }, () => ({ hits: 0, confidence: 0, weight: 0 }))
  for (let i = 0; i < confidence.length; i += 1) {
    const bin = sums[binOf(confidence[i] as number, edges)] as (typeof sums)[number]
    const weight = weights ? (weights[i] as number) : 1
    bin.hits += right(i) ? weight : 0
    bin.confidence += weight * (confidence[i] as number)
    bin.weight += weight
  }
  const full = sums.filter(({ weight }) => weight > 0)
  return {
    probTrue: full.map(({ hits, weight }) => hits / weight),
    probPred: full.map((bin) => bin.confidence / bin.weight),
    weight: full.map(({ weight }) => weight),
  }
}

/**
 * The reliability diagram: in bins of equal width, the mean probability against the share of positives. Equal to scikit-learn's
 * `calibration_curve` (strategy 'uniform').
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, or something is no probability
 * @example
 * import { calibrationCurve } from 'rxfit/metrics'
 * calibrationCurve([0, 1, 1, 1], [0.25, 0.25, 0.75, 1], { bins: 2 })
 * // => { probTrue: [0.5, 1], probPred: [0.25, 0.875], weight: [2, 2] }
 */
export const calibrationCurve = (
  yTrue: Numbers,
  yProb: Numbers,
  options: CalibrationCurveOptions = {},
): CalibrationCurve => {
  const { bins = 5, posLabel, sampleWeight } = parse('calibrationCurve', schema, options)
  checkLengths('calibrationCurve', { yTrue, yProb, sampleWeight })
  checkLabels('calibrationCurve', 'yTrue', yTrue)
  checkProbabilities('calibrationCurve', 'yProb', yProb)
  checkWeights('calibrationCurve', sampleWeight)
  const positive = positiveOf('calibrationCurve', yTrue, posLabel)
  return binned((i) => yTrue[i] === positive, yProb, bins, sampleWeight)
}
