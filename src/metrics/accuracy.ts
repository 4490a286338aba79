import * as v from 'valibot'
import { parse } from '../dsl/Options.js'
import { checkPair } from './internal/perLabel.js'
import { mean, sampleEntries, type Numbers, type Rows, type SampleOptions } from './internal/samples.js'

const schema = v.strictObject(sampleEntries)

const same = (a: number | Numbers, b: number | Numbers): boolean =>
  typeof a === 'number' || typeof b === 'number' ? a === b : Array.from(a).every((label, i) => label === b[i])

/**
 * The share of samples predicted right; of rows of several labels, those where all are right. Equal to scikit-learn's `accuracy_score`.
 * @category metrics
 * @throws MetricError where samples are missing or don't go together, or a label isn't whole
 * @example
 * import { accuracy } from 'rxfit/metrics'
 * accuracy([0, 1, 2, 2], [0, 1, 2, 0]) // => 0.75
 */
export const accuracy = (yTrue: Numbers | Rows, yPred: Numbers | Rows, options: SampleOptions = {}): number => {
  const { sampleWeight } = parse('accuracy', schema, options)
  checkPair('accuracy', yTrue, yPred, sampleWeight)
  const right = Array.from<number | Numbers, number>(yTrue, (label, i) =>
    same(label, yPred[i] as number | Numbers) ? 1 : 0,
  )
  return mean(right, sampleWeight)
}
