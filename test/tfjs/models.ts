import { expect } from 'vitest'
import { tf } from './backend.js'

/** Runs something twice and compares tensors around the second: the first makes optimizer slots. */
export const leakFree = async (train: () => Promise<unknown>): Promise<void> => {
  await train().catch(() => undefined)
  const before = tf.memory().numTensors
  await train().catch(() => undefined)
  expect(tf.memory().numTensors).toBe(before)
}

/** A model of two inputs and two outputs, with data. */
export const twoByTwo = (n: number) => {
  const a = tf.input({ shape: [2], name: 'a' })
  const b = tf.input({ shape: [1], name: 'b' })
  const both = tf.layers.concatenate().apply([a, b])
  const layer = (name: string, units: number) => tf.layers.dense({ units, name, kernelInitializer: 'ones' }).apply(both)
  const model = tf.model({ inputs: [a, b], outputs: [layer('p', 1), layer('q', 2)] as never })
  model.compile({ loss: 'meanSquaredError', optimizer: 'sgd', metrics: ['mae'] })
  const grid = (columns: number, phase: number) =>
    tf.tensor2d(
      Array.from({ length: n }, (_, i) => Array.from({ length: columns }, (__, j) => Math.sin(i + j + phase))),
    )
  return { model, xs: [grid(2, 0), grid(1, 1)], ys: [grid(1, 2), grid(2, 3)] }
}
