import type * as tf from '@tensorflow/tfjs'
import type { SaveModel } from '../dsl/Command.js'
import { saveCheckpointTo, type Checkpoint } from './checkpoint.js'
import { learningRateOf, setLearningRate, UnknownOptimizer } from './optimizer.js'
import { saveModelTo } from './saving.js'
import { weightSlots, type WeightSlots } from './weights.js'

type Save = Pick<SaveModel, 'path' | 'what' | 'sameAs'>

/** What commands are carried out on: a model, or the parts of one. */
export interface Target {
  /** the rate in force; 0 where nothing trains */
  readonly learningRate: () => number
  readonly setLearningRate: (value: number) => void
  readonly slots: WeightSlots
  /** `checkpoint` says where training is, for a save that it goes on from */
  readonly save: (save: Save, checkpoint: () => Checkpoint) => Promise<void>
}

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
  save: ({ path, what, sameAs }, checkpoint) =>
    what === 'checkpoint'
      ? saveCheckpointTo(model, path, checkpoint(), sameAs)
      : saveModelTo(model, path, what, { sameAs }),
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
  save: ({ path }) =>
    Promise.reject(
      new Error(
        `'${path}': there is no model of layers to save here; give a handler for SaveModel in options.handlers`,
      ),
    ),
})
