import type * as tf from '@tensorflow/tfjs'
import { nearest } from '../dsl/nearest.js'
import { union, type Spec } from '../dsl/Spec.js'

/** A weight's tensor, which training writes to. */
export type Variable = tf.Tensor & { readonly name: string; readonly assign: (value: tf.Tensor) => void }

/** A weight of a layer, as tfjs-layers keeps it. */
interface LayerWeight {
  trainable: boolean
  readonly read: () => tf.Tensor
}

/** What may stand inside a layer: a model's layers, a wrapper's one or two, a recurrent layer's cells. */
interface Nest {
  readonly name: string
  readonly getClassName?: () => string
  readonly layers?: ReadonlyArray<Nest>
  readonly layer?: Nest
  readonly forwardLayer?: Nest
  readonly backwardLayer?: Nest
  readonly cell?: Nest
  readonly cells?: ReadonlyArray<Nest>
  /** weights that can learn at all, frozen or not */
  readonly _trainableWeights?: ReadonlyArray<LayerWeight>
}

const inside = ({ layers, layer, forwardLayer, backwardLayer, cell, cells }: Nest): ReadonlyArray<Nest> =>
  [...(layers ?? []), layer, forwardLayer, backwardLayer, cell, ...(cells ?? [])].filter((part) => part !== undefined)

const weightsOf = (nest: Nest): ReadonlyArray<LayerWeight> =>
  union(nest._trainableWeights, ...inside(nest).map(weightsOf))

/** Every layer that has a name of its own, those of nested models included. */
const namedIn = (nest: Nest): ReadonlyArray<Nest> => (nest.layers ?? []).flatMap((layer) => [layer, ...namedIn(layer)])

/** What the model's optimizer was given when it was compiled; a Sequential keeps it in an inner model. */
const compiled = (model: tf.LayersModel): ReadonlyArray<LayerWeight> => {
  type Compiled = { readonly collectedTrainableWeights?: ReadonlyArray<LayerWeight> }
  const { model: inner, collectedTrainableWeights } = model as unknown as Compiled & { readonly model?: Compiled }
  return inner?.collectedTrainableWeights ?? collectedTrainableWeights ?? model.trainableWeights
}

/** The variables that training learns, frozen for now or not. */
export const trainableVariables = (model: tf.LayersModel): ReadonlyArray<Variable> =>
  compiled(model).map((weight) => weight.read() as Variable)

/** Every layer that isn't a model itself, under all names on the way to it: `encoder/dense`. */
const leaves = (nest: Nest, path = ''): ReadonlyArray<readonly [path: string, layer: Nest]> =>
  (nest.layers ?? []).flatMap((layer) =>
    layer.layers ? leaves(layer, `${path}${layer.name}/`) : [[`${path}${layer.name}`, layer] as const],
  )

/** The layer that each weight is of, by the weight's name. What a wrapper or a recurrent layer holds is its own. */
export const layerOf = (model: tf.LayersModel): ((weight: string) => string) => {
  const names = new Map(
    leaves(model as unknown as Nest).flatMap(([path, layer]) =>
      weightsOf(layer).map((weight) => [(weight.read() as Variable).name, path] as const),
    ),
  )
  return (weight) => names.get(weight) ?? weight
}

/** The matrix of each Embedding layer, by the layer's name. */
export const embeddingsOf = (model: tf.LayersModel): ReadonlyArray<readonly [name: string, matrix: Variable]> =>
  leaves(model as unknown as Nest).flatMap(([path, layer]) => {
    const [matrix] = weightsOf(layer)
    return layer.getClassName?.() === 'Embedding' && matrix ? [[path, matrix.read() as Variable] as const] : []
  })

const matches = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  ).test(name)

/** Layers under that name or pattern; an error that names the nearest where there is none. */
const find = (model: tf.LayersModel, pattern: string): ReadonlyArray<Nest> => {
  const all = namedIn(model as unknown as Nest)
  const found = all.filter(({ name }) => matches(pattern, name))
  if (found.length > 0) return found
  const names = all.map(({ name }) => name)
  const guess = nearest(pattern, names)
  throw new Error(
    `no layer ${pattern.includes('*') ? 'matches' : 'is called'} '${pattern}'${guess ? ` (did you mean '${guess}'?)` : ''}; ` +
      `the model has ${names.join(', ')}`,
  )
}

/** Lets layers rest and learn again, and puts everything back as it was. */
export interface Freezing {
  /** refuses what can be seen to fail before training starts */
  readonly check: (spec: Spec) => void
  readonly freeze: (layers: ReadonlyArray<string>) => void
  readonly unfreeze: (layers: ReadonlyArray<string>) => void
  /** does something with the model as it was compiled: freezing changes the order in which its weights are saved */
  readonly asCompiled: <A>(task: () => Promise<A>) => Promise<A>
  /** which of the weights that were compiled to learn do so now */
  readonly state: () => ReadonlyArray<boolean>
  readonly putState: (learning: ReadonlyArray<boolean>) => void
  readonly dispose: () => void
}

/**
 * tfjs leaves out the gradients of a weight whose flag says so, at once and with the optimizer's slots in place. Weights are
 * marked, not layers: a layer's own setter forgets nested models and recurrent cells.
 */
export const freezing = (model: tf.LayersModel): Freezing => {
  /** flags as they were */
  const original = new Map<LayerWeight, boolean>()
  const mark = (weight: LayerWeight, trainable: boolean): void => {
    if (weight.trainable === trainable) return
    if (!original.has(weight)) original.set(weight, weight.trainable)
    weight.trainable = trainable
  }
  const each = (patterns: ReadonlyArray<string>, visit: (layer: Nest) => void): void => {
    for (const layer of union(...patterns.map((pattern) => find(model, pattern)))) visit(layer)
  }
  const mustHaveBeenCompiled = (layer: Nest): void => {
    const known = new Set(compiled(model))
    if (weightsOf(layer).every((weight) => known.has(weight))) return
    throw new Error(
      `layer '${layer.name}' was frozen when the model was compiled, and tfjs won't train it until the model is compiled again: ` +
        `set its trainable to true, compile, and let the policy freeze it`,
    )
  }
  return {
    check: ({ freezes = [], unfreezes = [] }) => {
      each(freezes, () => undefined)
      each(unfreezes, mustHaveBeenCompiled)
    },
    freeze: (layers) => {
      const resting = new Set<LayerWeight>()
      each(layers, (layer) => {
        for (const weight of weightsOf(layer)) resting.add(weight)
      })
      if (compiled(model).every((weight) => !weight.trainable || resting.has(weight)))
        throw new Error(
          `with ${layers.map((name) => `'${name}'`).join(', ')} frozen the model has nothing left to train`,
        )
      for (const weight of resting) mark(weight, false)
    },
    unfreeze: (layers) => {
      each(layers, mustHaveBeenCompiled)
      each(layers, (layer) => {
        for (const weight of weightsOf(layer)) mark(weight, true)
      })
    },
    asCompiled: async (task) => {
      const now = [...original.keys()].map((weight) => [weight, weight.trainable] as const)
      for (const [weight, trainable] of original) weight.trainable = trainable
      try {
        return await task()
      } finally {
        for (const [weight, trainable] of now) weight.trainable = trainable
      }
    },
    state: () => compiled(model).map(({ trainable }) => trainable),
    putState: (learning) => {
      compiled(model).forEach((weight, i) => {
        mark(weight, learning[i] ?? true)
      })
    },
    dispose: () => {
      for (const [weight, trainable] of original) weight.trainable = trainable
      original.clear()
    },
  }
}
