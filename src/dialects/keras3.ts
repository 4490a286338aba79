import type { Comparison } from '../operators/internal/progress.js'
import type { Dialect } from './Dialect.js'
import { askTheModel } from './keras/direction.js'
import { kerasEarlyStopping } from './keras/earlyStopping.js'
import { kerasCheckpoint } from './keras/modelCheckpoint.js'
import { kerasPlateau } from './keras/reduceLROnPlateau.js'
import { checkpoint, plateau, stopping, strictly } from './rxfit.js'

/** The first value is always an improvement, even NaN, which nothing beats afterwards. */
const poisoned = (comparison: Comparison): Comparison => ({ ...comparison, nanCanBeBest: true })

/** Keras 3.15 to the letter, on a backend that compares in doubles; learning rates are float32. */
export const keras3: Dialect = {
  name: 'keras3',
  float32: true,
  earlyStopping: kerasEarlyStopping({
    ...stopping,
    guess: askTheModel,
    compare: (direction, minDelta) => poisoned(strictly(direction, minDelta)),
    toleratesMissing: true,
  }),
  reduceLROnPlateau: kerasPlateau({
    ...plateau,
    guess: askTheModel,
    compare: (direction, minDelta) => poisoned(strictly(direction, minDelta)),
    float32: true,
    toleratesMissing: true,
    rateName: 'learning_rate',
  }),
  modelCheckpoint: kerasCheckpoint({
    ...checkpoint,
    guess: askTheModel,
    compare: (direction, threshold) => poisoned(strictly(direction, 0, threshold)),
    withoutMetric: 'save',
    late: true,
    suffixes: { model: ['.keras', '.h5'], weights: ['.weights.h5'] },
    namesFirst: true,
    timed: false,
  }),
}
