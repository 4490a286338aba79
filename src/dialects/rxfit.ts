import { directionOf } from '../dsl/Metrics.js'
import { betterThan } from '../operators/internal/progress.js'
import type { Dialect } from './Dialect.js'

/**
 * The default: Keras 3's rules with its bugs mended. NaN is never the best value, a missing metric is an error, the direction
 * of an unknown metric is not guessed, learning rates are doubles.
 */
export const rxfit: Dialect = {
  name: 'rxfit',
  float32: false,
  toleratesMissing: false,
  earlyStopping: {
    direction: directionOf,
    compare: (direction, minDelta) => ({
      improves: betterThan(direction, Math.abs(minDelta)),
      start: null,
      nanCanBeBest: false,
    }),
    baselineHolds: true,
    earliest: 1,
    restores: 'always',
  },
  reduceLROnPlateau: {
    direction: directionOf,
    compare: (direction, minDelta) => ({
      improves: betterThan(direction, Math.abs(minDelta)),
      start: null,
      nanCanBeBest: false,
    }),
  },
  modelCheckpoint: {
    direction: directionOf,
    compare: (direction, threshold) => ({ improves: betterThan(direction, 0), start: threshold, nanCanBeBest: false }),
    withoutMetric: 'error',
  },
}
