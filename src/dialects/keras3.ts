import type { Comparison, Dialect } from './Dialect.js'
import { rxfit } from './rxfit.js'

/** The first value is always an improvement, even NaN, which nothing beats afterwards. */
const poisoned = (comparison: Comparison): Comparison => ({ ...comparison, nanCanBeBest: true })

/** Keras 3.15 to the letter, on a backend that compares in doubles; learning rates are float32. */
export const keras3: Dialect = {
  name: 'keras3',
  float32: true,
  toleratesMissing: true,
  earlyStopping: {
    ...rxfit.earlyStopping,
    compare: (...args) => poisoned(rxfit.earlyStopping.compare(...args)),
  },
  reduceLROnPlateau: {
    ...rxfit.reduceLROnPlateau,
    compare: (...args) => poisoned(rxfit.reduceLROnPlateau.compare(...args)),
  },
  modelCheckpoint: {
    ...rxfit.modelCheckpoint,
    compare: (...args) => poisoned(rxfit.modelCheckpoint.compare(...args)),
    withoutMetric: 'save',
  },
}
