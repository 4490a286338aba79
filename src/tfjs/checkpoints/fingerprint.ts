import type * as tf from '@tensorflow/tfjs'
import { encodeJson, type Json, type JsonObject } from '../../dsl/Json.js'

/** Names are numbered by the process (`dense_Dense3`): what a layer is called by nobody tells no model from another. */
const namesIn = (json: Json | undefined): ReadonlyArray<string> => {
  if (Array.isArray(json)) return json.flatMap(namesIn)
  if (typeof json !== 'object' || json === null) return []
  const { name, ...rest } = json as JsonObject
  return [...(typeof name === 'string' ? [name] : []), ...Object.values(rest).flatMap(namesIn)]
}

/** What training doesn't change and doesn't go by once it has begun. */
const isIdle = (key: string): boolean =>
  key === 'trainable' || key === 'keras_version' || key === 'tensorflow_version' || key.endsWith('initializer')

const plain = (json: Json | undefined, numbers: ReadonlyMap<string, number>): Json => {
  if (typeof json === 'string') return numbers.has(json) ? `#${numbers.get(json)}` : json
  if (Array.isArray(json)) return json.map((part: Json) => plain(part, numbers))
  if (typeof json !== 'object' || json === null) return json ?? null
  return Object.fromEntries(
    Object.entries(json as JsonObject)
      .filter(([key]) => !isIdle(key))
      .map(([key, part]) => [key, plain(part, numbers)]),
  )
}

/**
 * What makes a model this one and its training this training, as JSON: layers and their options, weights' shapes, loss, metrics,
 * optimizer. A run goes on only in a model that is the same in all of it.
 */
export const fingerprintOf = (model: tf.LayersModel): JsonObject => {
  const { className, config } = layersOf(model)
  const names = new Map([...new Set(namesIn(config))].map((name, i) => [name, i]))
  const { loss, metricsNames, optimizer } = model
  const { learningRate: _, ...options } = optimizer.getConfig() as JsonObject & { readonly learningRate?: number }
  return {
    model: className,
    layers: plain(config, names),
    weights: model.getWeights().map(({ shape, dtype }) => [dtype, ...shape]),
    loss: typeof loss === 'function' ? null : plain(encodeJson(loss), names),
    metrics: [...metricsNames],
    optimizer: { class: optimizer.getClassName(), ...(encodeJson(options) as JsonObject) },
  }
}

const layersOf = (model: tf.LayersModel): { readonly className: string; readonly config: Json } => {
  const { class_name: className, config } = model.toJSON(null, false) as unknown as {
    readonly class_name: string
    readonly config: unknown
  }
  return { className, config: encodeJson(config) }
}

const shown = (json: Json | undefined): string => (json === undefined ? 'nothing' : JSON.stringify(json).slice(0, 80))

const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/** The first place in which two differ, in words; undefined where they are the same. */
export const differenceOf = (was: Json | undefined, is: Json | undefined, path = ''): string | undefined => {
  const pairs: ReadonlyArray<readonly [string, Json | undefined, Json | undefined]> =
    Array.isArray(was) && Array.isArray(is) && was.length === is.length
      ? was.map((part: Json, i) => [`${path}[${i}]`, part, (is as ReadonlyArray<Json>)[i]])
      : isObject(was) && isObject(is)
        ? [...new Set([...Object.keys(was), ...Object.keys(is)])].map((key) => [
            path === '' ? key : `${path}.${key}`,
            was[key],
            is[key],
          ])
        : []
  if (pairs.length > 0 || (isObject(was) && isObject(is)))
    return pairs.map(([at, a, b]) => differenceOf(a, b, at)).find((found) => found !== undefined)
  return JSON.stringify(was) === JSON.stringify(is) ? undefined : `${path}: was ${shown(was)}, is ${shown(is)}`
}
