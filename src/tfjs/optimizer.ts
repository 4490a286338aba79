import type * as tf from '@tensorflow/tfjs'

/** tfjs keeps the rate in a protected field; `getConfig` is the public way to read it. */
interface WithRate {
  learningRate?: number
  setLearningRate?: (value: number) => void
}

const isRate = (value: unknown): value is number => typeof value === 'number'

const className = (optimizer: tf.Optimizer): string => optimizer.getClassName()

/** An optimizer whose learning rate can't be read or set is refused before training, not half way through it. */
export class UnknownOptimizer extends Error {
  readonly _tag = 'UnknownOptimizer'
  constructor(name: string) {
    super(
      `optimizer '${name}' has no learning rate that rxfit knows how to set; ` +
        `it knows sgd, momentum, adagrad, adadelta, adam, adamax and rmsprop`,
    )
  }
}

/**
 * The learning rate in force. Throws an `UnknownOptimizer` where it can't be read.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { learningRateOf } from 'rxfit/tfjs'
 * learningRateOf(tf.train.adam(0.01)) // => 0.01
 */
export const learningRateOf = (optimizer: tf.Optimizer): number => {
  const { learningRate } = optimizer as unknown as WithRate
  const rate = isRate(learningRate) ? learningRate : Number(optimizer.getConfig()['learningRate'])
  if (Number.isNaN(rate) && !isRate(learningRate)) throw new UnknownOptimizer(className(optimizer))
  return rate
}

/**
 * Sets the learning rate in place, so that moments survive. SGD and momentum work with a tensor of their own and ignore the
 * field: they have a setter. All others read the field at each step. tfjs checks nothing: NaN would destroy the model and a
 * negative rate climb, so both are refused here.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { learningRateOf, setLearningRate } from 'rxfit/tfjs'
 * const optimizer = tf.train.sgd(0.1)
 * setLearningRate(optimizer, 0.05)
 * learningRateOf(optimizer) // => 0.05
 */
export const setLearningRate = (optimizer: tf.Optimizer, value: number): void => {
  if (!(Number.isFinite(value) && value >= 0))
    throw new RangeError(`a learning rate must be finite and 0 or more, got ${value}`)
  const target = optimizer as unknown as WithRate
  if (typeof target.setLearningRate === 'function') target.setLearningRate(value)
  else if (isRate(target.learningRate)) target.learningRate = value
  else throw new UnknownOptimizer(className(optimizer))
}
