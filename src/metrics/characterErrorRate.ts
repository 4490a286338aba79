import { errorRate } from './internal/errorRate.js'

/**
 * Character error rate (CER): the characters that were inserted, left out or replaced, over all texts, as a share of the true texts'
 * characters. It may be above 1; NaN where all true texts are empty. Characters are code points; nothing is made lower case or
 * trimmed.
 * @category metrics
 * @throws MetricError where there are no texts, or not as many of both
 * @example
 * import { characterErrorRate } from 'rxfit/metrics'
 * characterErrorRate(['abcd', 'xy'], ['abed', 'xyz']) // => 2 / 6
 */
export const characterErrorRate = (truth: ReadonlyArray<string>, said: ReadonlyArray<string>): number =>
  errorRate('characterErrorRate', truth, said, (text) => [...text])
