import type { TimedKernel } from '../tfevents/profile.js'
import type * as tf from '@tensorflow/tfjs'

type Values = Float32Array | Int32Array | Uint8Array

/** What is needed of tfjs-core's engine. */
interface Engine {
  readonly backendName?: string
  readonly tidy: <A>(f: () => A) => A
  readonly profile: (query: () => Promise<unknown>) => Promise<{
    readonly kernels: ReadonlyArray<{
      readonly name: string
      readonly kernelTimeMs: number | { readonly error: string }
      readonly bytesAdded: number
      readonly inputShapes: ReadonlyArray<ReadonlyArray<number> | null>
      readonly outputShapes: ReadonlyArray<ReadonlyArray<number>>
    }>
  }>
  readonly keep: <T extends tf.Tensor>(tensor: T) => T
  readonly makeTensor: (values: Values, shape: Array<number>, dtype: tf.DataType) => tf.Tensor
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

/** Times every operation until a promise settles. */
export const profile = async (query: () => Promise<unknown>): Promise<ReadonlyArray<TimedKernel>> => {
  const { kernels } = await present().profile(query)
  return kernels.map(({ name, kernelTimeMs, bytesAdded, inputShapes, outputShapes }) => ({
    name,
    ms: typeof kernelTimeMs === 'number' ? kernelTimeMs : NaN,
    bytes: bytesAdded,
    inputShapes,
    outputShapes,
  }))
}

/** Keeps a tensor when a `tidy` around it ends; whoever keeps it disposes of it. */
export const keep = <T extends tf.Tensor>(tensor: T): T => present().keep(tensor)

/** What a tensor is, apart from its values. */
export interface Kind {
  readonly dtype: tf.DataType
  readonly shape: ReadonlyArray<number>
}

/** A tensor of these values; whoever makes it disposes of it, unless a `tidy` does. */
export const tensorOf = (values: Values, { dtype, shape }: Kind): tf.Tensor => {
  const typed = dtype === 'int32' ? Int32Array.from(values) : dtype === 'bool' ? Uint8Array.from(values) : values
  return present().makeTensor(typed, [...shape], dtype)
}
