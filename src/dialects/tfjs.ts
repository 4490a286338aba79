import { betterThan } from '../operators/internal/progress.js'
import { worst, type Dialect } from './Dialect.js'
import { rxfit } from './rxfit.js'

/**
 * TensorFlow.js 4.22 to the letter, which has early stopping only: the baseline stands in for the best value, epoch 0 may
 * stop, whatever has 'acc' in its name rises and all else falls. It can't restore weights.
 */
export const tfjs: Dialect = {
  ...rxfit,
  name: 'tfjs',
  toleratesMissing: true,
  earlyStopping: {
    direction: (metric) => (metric.includes('acc') ? 'max' : 'min'),
    compare: (direction, minDelta, baseline) => ({
      improves: betterThan(direction, Math.abs(minDelta)),
      start: baseline ?? worst(direction),
      nanCanBeBest: false,
    }),
    baselineHolds: false,
    earliest: 0,
    restores: 'never',
  },
}
