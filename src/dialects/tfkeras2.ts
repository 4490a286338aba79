import { beating } from '../operators/internal/words.js'
import { worst, type Dialect } from './Dialect.js'
import { risesIf } from './keras/direction.js'
import { kerasEarlyStopping } from './keras/earlyStopping.js'
import { kerasCheckpoint } from './keras/modelCheckpoint.js'
import { kerasPlateau } from './keras/reduceLROnPlateau.js'
import { checkpoint, plateau, stopping, strictly } from './rxfit.js'

/**
 * tf.keras 2.15 to the letter: the best value starts at an infinity, so NaN doesn't count; direction goes by the name, each
 * callback in its own way; weights come back only if early stopping itself stopped.
 */
export const tfkeras2: Dialect = {
  name: 'tfkeras2',
  float32: true,
  earlyStopping: kerasEarlyStopping({
    ...stopping,
    guess: risesIf((metric) => /(acc|accuracy|auc)$/.test(metric)),
    compare: (direction, minDelta) => strictly(direction, minDelta, worst(direction)),
    restores: 'whenStopped',
    toleratesMissing: true,
  }),
  reduceLROnPlateau: kerasPlateau({
    ...plateau,
    guess: risesIf((metric) => metric.includes('acc')),
    // the delta keeps its sign here: a negative one makes a slightly worse value an improvement
    compare: (direction, minDelta) => ({
      improves:
        direction === 'min' ? (value, best) => value < best - minDelta : (value, best) => value > best + minDelta,
      beating: beating(direction, minDelta),
      start: worst(direction),
      nanCanBeBest: false,
    }),
    float32: true,
    toleratesMissing: true,
    rateName: 'lr',
  }),
  modelCheckpoint: kerasCheckpoint({
    ...checkpoint,
    guess: risesIf((metric) => metric.includes('acc') || metric.startsWith('fmeasure')),
    compare: (direction, threshold) => strictly(direction, 0, threshold ?? worst(direction)),
    withoutMetric: 'skip',
    namesFirst: true,
    timed: false,
  }),
}
