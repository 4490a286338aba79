import { betterThan, type Comparison } from '../operators/internal/progress.js'
import { beating } from '../operators/internal/words.js'
import type { Direction } from '../dsl/Metrics.js'
import type { Dialect } from './Dialect.js'
import { refuseToGuess } from './keras/direction.js'
import { kerasEarlyStopping, type KerasStopping } from './keras/earlyStopping.js'
import { kerasCheckpoint, type KerasCheckpoint } from './keras/modelCheckpoint.js'
import { kerasPlateau, type KerasPlateau } from './keras/reduceLROnPlateau.js'

/** Better than the best by more than the delta, whose sign is ignored; the first number is an improvement, NaN never. */
export const strictly = (direction: Direction, minDelta: number, start: number | null = null): Comparison => ({
  improves: betterThan(direction, Math.abs(minDelta)),
  beating: beating(direction, Math.abs(minDelta)),
  start,
  nanCanBeBest: false,
})

export const stopping: KerasStopping = {
  guess: refuseToGuess,
  compare: (direction, minDelta) => strictly(direction, minDelta),
  baselineHolds: true,
  earliest: 1,
  restores: 'always',
  toleratesMissing: false,
}

export const plateau: KerasPlateau = {
  guess: refuseToGuess,
  compare: (direction, minDelta) => strictly(direction, minDelta),
  float32: false,
  toleratesMissing: false,
  rateName: null,
}

export const checkpoint: KerasCheckpoint = {
  guess: refuseToGuess,
  compare: (direction, threshold) => strictly(direction, 0, threshold),
  withoutMetric: 'error',
  late: false,
  suffixes: null,
  namesFirst: false,
  timed: true,
}

/**
 * The default: Keras 3's rules with its bugs mended. NaN is never the best value, a missing metric is an error, the direction
 * of an unknown metric is not guessed, learning rates are doubles.
 */
export const rxfit: Dialect = {
  name: 'rxfit',
  float32: false,
  earlyStopping: kerasEarlyStopping(stopping),
  reduceLROnPlateau: kerasPlateau(plateau),
  modelCheckpoint: kerasCheckpoint(checkpoint),
}
