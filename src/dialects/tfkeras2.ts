import { betterThan } from '../operators/internal/progress.js'
import { worst, type Dialect } from './Dialect.js'
import { keras3 } from './keras3.js'

const risesIf = (matches: boolean) => (matches ? 'max' : 'min')

/**
 * tf.keras 2.15 to the letter: the best value starts at an infinity, so NaN doesn't count; direction goes by the name, each
 * callback in its own way; weights come back only if early stopping itself stopped.
 */
export const tfkeras2: Dialect = {
  ...keras3,
  name: 'tfkeras2',
  earlyStopping: {
    direction: (metric) => risesIf(/(acc|accuracy|auc)$/.test(metric)),
    compare: (direction, minDelta) => ({
      improves: betterThan(direction, Math.abs(minDelta)),
      start: worst(direction),
      nanCanBeBest: false,
    }),
    baselineHolds: true,
    earliest: 1,
    restores: 'whenStopped',
  },
  reduceLROnPlateau: {
    direction: (metric) => risesIf(metric.includes('acc')),
    // the delta keeps its sign here: a negative one makes a slightly worse value an improvement
    compare: (direction, minDelta) => ({
      improves:
        direction === 'min' ? (value, best) => value < best - minDelta : (value, best) => value > best + minDelta,
      start: worst(direction),
      nanCanBeBest: false,
    }),
  },
  modelCheckpoint: {
    direction: (metric) => risesIf(metric.includes('acc') || metric.startsWith('fmeasure')),
    compare: (direction, threshold) => ({
      improves: betterThan(direction, 0),
      start: threshold ?? worst(direction),
      nanCanBeBest: false,
    }),
    withoutMetric: 'skip',
  },
}
