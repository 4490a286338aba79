import { worst, type Dialect } from './Dialect.js'
import { risesIf } from './keras/direction.js'
import { kerasEarlyStopping } from './keras/earlyStopping.js'
import { rxfit, stopping, strictly } from './rxfit.js'

/**
 * TensorFlow.js 4.22 to the letter, which has early stopping only: the baseline stands in for the best value, epoch 0 may
 * stop, whatever has 'acc' in its name rises and all else falls. It can't restore weights. The other callbacks are ours.
 */
export const tfjs: Dialect = {
  ...rxfit,
  name: 'tfjs',
  earlyStopping: kerasEarlyStopping({
    ...stopping,
    guess: risesIf((metric) => metric.includes('acc')),
    compare: (direction, minDelta, baseline) => strictly(direction, minDelta, baseline ?? worst(direction)),
    baselineHolds: false,
    earliest: 0,
    restores: 'never',
    toleratesMissing: true,
  }),
}
