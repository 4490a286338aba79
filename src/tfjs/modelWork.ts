import type * as tf from '@tensorflow/tfjs'
import type { Spec } from '../dsl/Spec.js'
import type { Params } from '../dsl/TrainingEvent.js'
import type { Capabilities } from '../runtime/interpret.js'
import { accumulation } from './accumulation.js'
import { gradientsOf } from './gradients.js'
import { freezing } from './layers.js'
import { setLearningRate } from './optimizer.js'
import { deleteModelAt, saveModelTo } from './saving.js'
import { weightSlots } from './weights.js'

/** What commands can do to a model: its rate, its weights, its gradients, its layers. */
export interface ModelWork {
  readonly can: Omit<Capabilities, 'stop' | 'append' | 'remember' | 'print' | 'progress' | 'post'>
  /** refuses what can be seen to fail before training starts */
  readonly check: (spec: Spec) => void
  readonly beginEpoch: (params: Params | undefined) => void
  readonly endEpoch: () => void
  /** puts the model's flags and its optimizer back, and gives tensors back; harmless twice */
  readonly close: () => void
}

export const modelWork = (model: tf.LayersModel): ModelWork => {
  const gradients = gradientsOf(model)
  const accumulating = accumulation(gradients)
  const slots = weightSlots(model, gradients)
  const layers = freezing(model)
  return {
    can: {
      setLearningRate: (value) => {
        setLearningRate(model.optimizer, value)
      },
      snapshotWeights: slots.snapshot,
      restoreWeights: slots.restore,
      averageWeights: slots.average,
      trackAverage: slots.track,
      swapWeights: slots.swap,
      accumulateGradients: accumulating.set,
      freezeLayers: layers.freeze,
      unfreezeLayers: layers.unfreeze,
      saveModel: (path, what) => layers.asCompiled(() => saveModelTo(model, path, what)),
      deleteModel: deleteModelAt,
    },
    check: layers.check,
    beginEpoch: (params) => {
      gradients.check()
      accumulating.beginEpoch(params?.steps ?? null)
    },
    endEpoch: accumulating.endEpoch,
    close: () => {
      accumulating.dispose()
      slots.dispose()
      gradients.dispose()
      layers.dispose()
    },
  }
}
