import type * as tf from '@tensorflow/tfjs'
import { randomFrom } from '../random.js'

/**
 * Layers that draw random numbers (dropout, noise) draw them in tfjs from Math.random. While the optimizer computes a step, which
 * nothing can interrupt, Math.random is one that follows from the seed and the step's number alone: a resumed run draws what the
 * other would have. Gives back how to let go.
 */
export const seedSteps = (optimizer: tf.Optimizer, seed: number, step: () => number): (() => void) => {
  const before = Object.getOwnPropertyDescriptor(optimizer, 'minimize')
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the optimizer as `this`
  const original = optimizer.minimize
  const seeded: tf.Optimizer['minimize'] = (...args) => {
    const { random } = Math
    Math.random = randomFrom(seed, step(), 1)
    try {
      return original.apply(optimizer, args)
    } finally {
      Math.random = random
    }
  }
  optimizer.minimize = seeded
  return () => {
    if (optimizer.minimize !== seeded) return
    if (before) Object.defineProperty(optimizer, 'minimize', before)
    else Reflect.deleteProperty(optimizer, 'minimize')
  }
}
