import type * as tf from '@tensorflow/tfjs'

/** What is needed of tfjs-core's engine. */
interface Engine {
  readonly backendName?: string
  readonly tidy: <A>(f: () => A) => A
  readonly keep: <T extends tf.Tensor>(tensor: T) => T
  readonly makeTensor: (values: Float32Array, shape: Array<number>, dtype: 'float32') => tf.Tensor
}

/**
 * tfjs-core keeps its one engine on the global object, so that two copies of it share it: the way to it without a copy of our
 * own.
 */
const engine = (): Engine | undefined => (globalThis as { readonly _tfengine?: Engine })._tfengine

const present = (): Engine => {
  const found = engine()
  if (!found) throw new Error('TensorFlow.js is not loaded: its engine is not where tfjs-core puts it')
  return found
}

export const backendName = (): string | undefined => engine()?.backendName

/** Runs a function, and disposes of the tensors that it made and didn't keep. */
export const tidy = <A>(f: () => A): A => present().tidy(f)

/** Keeps a tensor when a `tidy` around it ends; whoever keeps it disposes of it. */
export const keep = <T extends tf.Tensor>(tensor: T): T => present().keep(tensor)

/** A tensor of numbers; whoever makes it disposes of it. */
export const tensorOf = (values: Float32Array, shape: ReadonlyArray<number>): tf.Tensor =>
  present().makeTensor(values, [...shape], 'float32')
