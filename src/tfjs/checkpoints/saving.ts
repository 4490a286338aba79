import type * as tf from '@tensorflow/tfjs'
import { host } from '#host'
import { tensorOf, tidy } from '../engine.js'
import type { Variable } from '../layers.js'
import type { Artifacts, CheckpointParts } from '../../sinks/Host.js'

const hasScheme = (path: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(path)

/**
 * Saves a model: to a folder, or through tfjs' own handler where the path has a scheme. Handing `save` an object works on
 * every backend and needs no second copy of tfjs. With `more` the folder is a checkpoint. Where the same was just saved elsewhere
 * a link to it is enough; a host that can't make one (and a path with a scheme) gets a copy.
 */
export const saveModelTo = async (
  model: tf.LayersModel,
  path: string,
  what: 'model' | 'weights',
  { sameAs, more }: { readonly sameAs?: string | undefined; readonly more?: CheckpointParts } = {},
): Promise<void> => {
  if (hasScheme(path)) {
    if (what === 'weights' || more)
      throw new Error(`tfjs can save only a model to '${path}', no weights alone and no checkpoint; give a folder`)
    await model.save(path)
    return
  }
  const store = host.models(path)
  if (sameAs !== undefined && !hasScheme(sameAs) && (await store.linkTo(sameAs))) return
  await model.save({
    save: async (artifacts) => {
      await store.save(artifacts as unknown as Artifacts, what, more)
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
    },
  })
}

/** Removes what `saveModelTo` wrote to a folder. */
export const deleteModelAt = async (path: string): Promise<void> => {
  if (hasScheme(path)) throw new Error(`'${path}' can't be deleted from here: use tf.io.removeModel`)
  await host.models(path).remove()
}

/** What was saved: by a handler of tfjs where the path has a scheme, in a folder otherwise. */
export const artifactsAt = async (
  tfjs: Pick<typeof tf, 'io'>,
  path: string,
): Promise<Artifacts & { readonly checkpoint?: CheckpointParts }> => {
  if (!hasScheme(path)) return host.models(path).load()
  const [handler] = tfjs.io.getLoadHandlers(path)
  if (!handler?.load) throw new Error(`'${path}': this TensorFlow.js has no handler that loads from there`)
  return (await handler.load()) as unknown as Artifacts
}

const bytesPer: Readonly<Record<string, number>> = {
  ...{ float32: 4, int32: 4, bool: 1, complex64: 8 },
  ...{ uint8: 1, uint16: 2, float16: 2 },
}

/** Size of a weight in its file; NaN where it can't be told (strings). Quantized weights say their own type. */
const bytesOf = ({ shape, dtype, quantization }: tf.io.WeightsManifestEntry): number => {
  const each = bytesPer[quantization?.dtype ?? dtype] ?? NaN
  return shape.reduce((size, n) => size * n, 1) * each
}

const sameShapes = (model: tf.LayersModel, specs: ReadonlyArray<tf.io.WeightsManifestEntry>, path: string): void => {
  const shapes = (list: ReadonlyArray<{ readonly shape: ReadonlyArray<number> }>): string =>
    list.map(({ shape }) => `[${shape.join(', ')}]`).join(' ')
  const [own, saved] = [shapes(model.getWeights()), shapes(specs)]
  if (own !== saved) throw new Error(`${path}: its weights don't fit: the model has ${own}, and they are ${saved}`)
}

/** The same for weights that rxfit has written, which are never quantized: it takes no `tf`. */
export const putPlainWeights = (model: tf.LayersModel, path: string, { weightData, weightSpecs }: Artifacts): void => {
  const specs = (weightSpecs ?? []) as ReadonlyArray<tf.io.WeightsManifestEntry>
  const expected = specs.reduce((sum, spec) => sum + bytesOf(spec), 0)
  const data = weightData as ArrayBuffer
  if (data.byteLength !== expected)
    throw new Error(`${path}: damaged: its weights take ${expected} bytes, there are ${data.byteLength}`)
  sameShapes(model, specs, path)
  const variables = model.getWeights() as Array<Variable>
  tidy(() => {
    let at = 0
    specs.forEach((spec, i) => {
      const part = data.slice(at, at + bytesOf(spec))
      at += part.byteLength
      const values = spec.dtype === 'int32' ? Int32Array : spec.dtype === 'bool' ? Uint8Array : Float32Array
      variables[i]?.assign(tensorOf(new values(part), { dtype: spec.dtype, shape: spec.shape }))
    })
  })
}

/** Puts the weights of a save into a model; throws, before anything is changed, where they don't fit or are damaged. */
export const putWeights = (
  tfjs: Pick<typeof tf, 'io' | 'dispose'>,
  model: tf.LayersModel,
  path: string,
  { weightData, weightSpecs }: Artifacts,
): void => {
  const specs = (weightSpecs ?? []) as Array<tf.io.WeightsManifestEntry>
  const data = tfjs.io.CompositeArrayBuffer.join(weightData as tf.io.WeightData)
  const expected = specs.reduce((sum, spec) => sum + bytesOf(spec), 0)
  // tfjs would decode what there is and leave it in memory
  if (!Number.isNaN(expected) && data.byteLength !== expected)
    throw new Error(`${path}: damaged: its weights take ${expected} bytes, there are ${data.byteLength}`)
  sameShapes(model, specs, path)
  const named = tfjs.io.decodeWeights(data, specs)
  try {
    // by position, as Keras does: names differ between two instances of one model
    model.setWeights(specs.map((spec) => named[spec.name] as tf.Tensor))
  } finally {
    tfjs.dispose(named)
  }
}

/**
 * Puts saved weights (of a model or of weights alone) into a model of the same shape. `tf` is your own TensorFlow.js. Rejects
 * where there is no save, or where its weights don't fit the model.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { loadWeights } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
 * await loadWeights(tf, model, 'no/such/folder').catch((e) => e.message.includes('there is no saved model')) // => true
 */
export const loadWeights = async (
  tfjs: Pick<typeof tf, 'io' | 'dispose'>,
  model: tf.LayersModel,
  path: string,
): Promise<void> => {
  putWeights(tfjs, model, path, await artifactsAt(tfjs, path))
}
