import * as plain from '@tensorflow/tfjs'

/** The native backend where it is built, plain tfjs elsewhere; RXFIT_BACKEND=cpu asks for the latter. */
const native = async (): Promise<typeof plain | undefined> => {
  if (process.env['RXFIT_BACKEND'] === 'cpu') return undefined
  try {
    const name = '@tensorflow/tfjs-node'
    return (await import(/* @vite-ignore */ name)) as typeof plain
  } catch {
    return undefined
  }
}

export const tf = (await native()) ?? plain

await tf.ready()
export const backend = tf.getBackend()

/** y = 2x + 1, with a little of a second feature. */
export const line = (n = 32) => {
  const x = tf.linspace(-1, 1, n).reshape([n, 1])
  return { x, y: x.mul(2).add(1) }
}

export const linear = (optimizer: string | plain.Optimizer = 'sgd', metrics: Array<string> = []) => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })],
  })
  model.compile({ loss: 'meanSquaredError', optimizer, metrics })
  return model
}
