import type * as tf from '@tensorflow/tfjs'
import type { SaveWhat } from '../dsl/Command.js'
import { saveCheckpointTo, type Checkpoint } from './checkpoint.js'
import { learningRateOf, setLearningRate, UnknownOptimizer } from './optimizer.js'
import { saveModelTo } from './saving.js'
import type { WeightValues } from '../tfevents/weightImages.js'
import { weightSlots, type WeightSlots } from './weights.js'

/** What commands are carried out on: a model, or the parts of one. */
export interface Target {
  /** the rate in force; 0 where nothing trains */
  readonly learningRate: () => number
  readonly setLearningRate: (value: number) => void
  readonly slots: WeightSlots
  /** `checkpoint` says where training is, for a save that it goes on from */
  /** the weights as numbers */
  readonly weights: () => Promise<ReadonlyArray<WeightValues>>
  /** the layers as JSON */
  readonly topology: () => string
  readonly save: (path: string, what: SaveWhat, checkpoint: () => Checkpoint) => Promise<void>
}

/** Weights by their names, which Keras writes with `_` where TensorFlow has `:`. */
const readWeights = (
  weights: ReadonlyArray<{ readonly name: string; readonly tensor: tf.Tensor }>,
): Promise<ReadonlyArray<WeightValues>> =>
  Promise.all(
    weights.map(async ({ name, tensor }) => ({
      name: name.replaceAll(':', '_'),
      shape: tensor.shape,
      values: await tensor.data(),
    })),
  )

/** A model that needn't be compiled: predicting takes no optimizer. */
export const modelTarget = (model: tf.LayersModel): Target => ({
  learningRate: () => {
    const { optimizer } = model as { readonly optimizer: tf.Optimizer | undefined }
    return optimizer ? learningRateOf(optimizer) : 0
  },
  setLearningRate: (value) => {
    const { optimizer } = model as { readonly optimizer: tf.Optimizer | undefined }
    if (!optimizer) throw new UnknownOptimizer('none')
    setLearningRate(optimizer, value)
  },
  slots: weightSlots(
    () => model.getWeights(),
    (weights) => {
      model.setWeights([...weights])
    },
  ),
  weights: () => readWeights(model.weights.map((weight) => ({ name: weight.name, tensor: weight.read() }))),
  topology: () => JSON.stringify(model.toJSON(null, false)),
  save: (path, what, checkpoint) =>
    what === 'checkpoint' ? saveCheckpointTo(model, path, checkpoint()) : saveModelTo(model, path, what),
})

/** An optimizer and the variables that it trains, where there is no model of layers. */
export interface Parts {
  readonly optimizer: tf.Optimizer
  /** what snapshots keep and restores put back. Default none */
  readonly variables?: ReadonlyArray<tf.Variable>
}

export const isModel = (x: unknown): x is tf.LayersModel =>
  typeof x === 'object' &&
  x !== null &&
  typeof (x as { readonly getWeights?: unknown }).getWeights === 'function' &&
  'stopTraining' in x

export const partsTarget = ({ optimizer, variables = [] }: Parts): Target => ({
  learningRate: () => learningRateOf(optimizer),
  setLearningRate: (value) => {
    setLearningRate(optimizer, value)
  },
  slots: weightSlots(
    () => variables,
    (weights) => {
      variables.forEach((variable, i) => {
        variable.assign(weights[i] as tf.Tensor)
      })
    },
  ),
  weights: () => readWeights(variables.map((variable) => ({ name: variable.name, tensor: variable }))),
  topology: () => {
    throw new Error('there is no model of layers here, whose graph could be written')
  },
  save: (path) =>
    Promise.reject(
      new Error(
        `'${path}': there is no model of layers to save here; give a handler for SaveModel in options.handlers`,
      ),
    ),
})
