import type { Dialect } from '../Dialect.js'
import { lightningEarlyStopping } from './earlyStopping.js'
import { lightningCheckpoint } from './modelCheckpoint.js'

/** Lightning 2.6 to the letter. */
export const lightning: Dialect = {
  name: 'lightning',
  float32: false,
  earlyStopping: lightningEarlyStopping,
  modelCheckpoint: lightningCheckpoint,
}
