import type { Numbers } from './internal/samples.js'

/**
 * Scores as predictions: 1 where a score is `threshold` or more, 0 elsewhere.
 * @category metrics
 * @example
 * import { atThreshold } from 'rxfit/metrics'
 * ;[...atThreshold([0.2, 0.5, 0.9])] // => [0, 1, 1]
 */
export const atThreshold = (yScore: Numbers, threshold = 0.5): Uint8Array =>
  Uint8Array.from(yScore, (score) => (score >= threshold ? 1 : 0))
