import { editDistance } from '../editDistance.js'
import { MetricError } from '../MetricError.js'

type Texts = ReadonlyArray<string>

/** Edits over all texts, as a share of the true texts' length; NaN where that is 0. */
export const errorRate = (metric: string, truth: Texts, said: Texts, parts: (text: string) => Texts): number => {
  if (truth.length !== said.length)
    throw new MetricError(
      metric,
      'lengths',
      `there must be as many texts of both, got ${truth.length} and ${said.length}`,
    )
  if (truth.length === 0) throw new MetricError(metric, 'empty', 'there are no texts')
  let [edits, length] = [0, 0]
  truth.forEach((text, i) => {
    const is = parts(text)
    edits += editDistance(is, parts(said[i] as string))
    length += is.length
  })
  return length === 0 ? NaN : edits / length
}
