import { errorRate } from './internal/errorRate.js'

/**
 * Word error rate (WER): the words that were inserted, left out or replaced, over all texts, as a share of the true texts' words,
 * which blanks of any kind keep apart. It may be above 1; NaN where the true texts have no words.
 * @category metrics
 * @throws MetricError where there are no texts, or not as many of both
 * @example
 * import { wordErrorRate } from 'rxfit/metrics'
 * wordErrorRate(['the cat sat', 'yes'], ['the cat', 'yes']) // => 0.25
 */
export const wordErrorRate = (truth: ReadonlyArray<string>, said: ReadonlyArray<string>): number =>
  errorRate('wordErrorRate', truth, said, (text) => text.split(/\s+/u).filter((word) => word !== ''))
