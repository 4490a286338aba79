import type * as plain from '@tensorflow/tfjs'
import { tf } from './backend.js'

/** All of tfjs' optimizers, by the name that they are compiled under. */
export const optimizers: Readonly<Record<string, (rate: number) => plain.Optimizer>> = {
  sgd: tf.train.sgd,
  momentum: (rate) => tf.train.momentum(rate, 0.9),
  adagrad: (rate) => tf.train.adagrad(rate),
  adadelta: (rate) => tf.train.adadelta(rate),
  adam: (rate) => tf.train.adam(rate),
  adamax: (rate) => tf.train.adamax(rate),
  rmsprop: (rate) => tf.train.rmsprop(rate),
}
