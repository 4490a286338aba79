import type * as tf from '@tensorflow/tfjs'
import type { Observable } from 'rxjs'
import type { PredictBatchEnd, TrainingEvent } from '../../dsl/TrainingEvent.js'
import {
  datasetBatches,
  inOrder,
  isDataset,
  tensorBatches,
  type Batches,
  type Dataset,
  type Tensors,
} from '../batches.js'
import { observe } from '../observe.js'
import { begin, mustBeModel, passOptions, type Passing, type PassOptions } from './pass.js'
import type { Deeds } from '../wire.js'

/** What a model says, as tfjs gives it: one tensor, or one for each output. */
export type Outputs = tf.Tensor | Array<tf.Tensor>

/** What was predicted, and what policies did. */
export interface PredictResult extends Deeds {
  /** as `model.predict` gives them, for all rows that were gone through; yours to dispose of */
  readonly outputs: Outputs
  /** batches that were gone through */
  readonly batches: number
}

const single = (outputs: Array<tf.Tensor>): Outputs => (outputs.length === 1 ? (outputs[0] as tf.Tensor) : outputs)

const dispose = (tensors: ReadonlyArray<tf.Tensor>): void => {
  for (const tensor of tensors) tensor.dispose()
}

const batchesOf = (model: tf.LayersModel, x: unknown, batchSize: number, most: number | undefined): Batches => {
  // a dataset made for training has targets beside the inputs
  const inputs = (element: unknown) =>
    inOrder('predict', (element as { readonly xs?: unknown } | null)?.xs ?? element, model.inputNames)
  return isDataset(x)
    ? datasetBatches('predict', x, (element) => ({ inputs: inputs(element), targets: [] }), most)
    : tensorBatches('predict', inOrder('predict: x', x, model.inputNames), [], batchSize, most)
}

/** A Sequential that was never compiled doesn't know its inputs until it is built. */
const build = (model: tf.LayersModel): void => {
  if ((model.inputNames as ReadonlyArray<string> | undefined)?.length) return
  ;(model as unknown as { readonly build?: () => void }).build?.()
}

/** What `predict$` tells: the events, and with each batch what came out of it. */
export type PredictionEvent =
  | Exclude<TrainingEvent, PredictBatchEnd>
  | (PredictBatchEnd & {
      /** of this batch; disposed of when everybody has heard of it: `clone()` what you keep */
      readonly outputs: Outputs
    })

/** Goes through the data. Where somebody is told, each batch's outputs are theirs to look at; else all are kept. */
const prepare = (
  model: tf.LayersModel,
  x: unknown,
  given: PassOptions | undefined,
  tell?: (event: PredictionEvent) => void,
): Passing<PredictResult> => {
  mustBeModel('predict', model)
  build(model)
  const { batchSize, batches: most, ...options } = passOptions('predict', given)
  const batches = batchesOf(model, x, batchSize, most)
  let latest: Array<tf.Tensor> = []
  const onEvent = (event: TrainingEvent): void =>
    tell?.(event._tag === 'PredictBatchEnd' ? { ...event, outputs: single(latest) } : event)
  const pass = begin(model, { ...options, ...(tell && { onEvent }) })
  const kept: Array<Array<tf.Tensor>> = []

  const walk = async (): Promise<void> => {
    await pass.fire('PredictBegin', null, {}, { params: pass.params(batches, []) })
    let batch = 0
    for await (const { inputs, size } of batches.walk()) {
      await pass.fire('PredictBatchBegin', batch, {})
      const said = model.predict(inputs, { batchSize: size })
      latest = Array.isArray(said) ? said : [said]
      if (!tell) kept.push(latest)
      try {
        await pass.fire('PredictBatchEnd', batch, {})
      } finally {
        if (tell) dispose(latest)
      }
      batch += 1
      if (pass.stopped()) break
    }
    if (batch === 0) throw new Error('predict: the dataset has no batches')
    await pass.fire('PredictEnd', null, {}, pass.end())
  }

  return pass.through(
    async () => {
      try {
        await walk()
        return { outputs: tell ? [] : single(joined(kept)), batches: pass.done(), ...pass.deeds }
      } catch (error) {
        dispose(kept.flat())
        throw error
      }
    },
    ({ outputs }) => dispose([outputs].flat()),
  )
}

/** Each output's batches as one tensor. */
const joined = (parts: ReadonlyArray<Array<tf.Tensor>>): Array<tf.Tensor> => {
  const [first = []] = parts
  if (parts.length === 1) return first
  const whole: Array<tf.Tensor> = []
  try {
    for (const [i, tensor] of first.entries())
      whole.push(
        tensor.concat(
          parts.slice(1).map((part) => part[i] as tf.Tensor),
          0,
        ),
      )
    return whole
  } catch (error) {
    // outputs whose batches differ in shape can't be one tensor
    dispose(whole)
    throw error
  } finally {
    dispose(parts.flat())
  }
}

/**
 * Predicts as tfjs' `predict` does, and for datasets too, with policies attached: they hear of PredictBegin, of each batch and
 * of PredictEnd, and may stop it after a batch; `outputs` then hold the rows so far. Events carry no tensors: what comes out
 * batch by batch is in `predict$`.
 *
 * `x` is a tensor, a list or an object of tensors by input name, or a dataset of either (of `{ xs, ys }` it takes the `xs`).
 * Rejects with what policies throw, with a failed command that steers, and where data don't fit; no tensor is left behind.
 * @category tfjs
 * @see https://keras.io/api/models/model_training_apis/#predict-method
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { on, stopTraining } from 'rxfit'
 * import { predict } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones' })] })
 * const { outputs } = await predict(model, tf.tensor2d([[1], [2], [3]]))
 * Array.from((outputs as tf.Tensor).dataSync()) // => [1, 2, 3]
 * const enough = on('PredictBatchEnd', (e) => (e.batch === 1 ? stopTraining('enough') : undefined))
 * const { batches } = await predict(model, tf.ones([9, 1]), { batchSize: 1, callbacks: enough })
 * batches // => 2
 */
export const predict = async (
  model: tf.LayersModel,
  x: Tensors | Dataset,
  options?: PassOptions,
): Promise<PredictResult> => prepare(model, x, options).run()

/**
 * `predict` as a cold Observable of its events. PredictBatchEnd carries the batch's `outputs`, which are disposed of when it has
 * been heard: data of any length are gone through in the memory of one batch. Unsubscribing ends it after the batch at hand.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { filter, lastValueFrom, map, toArray } from 'rxjs'
 * import { predict$ } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones' })] })
 * const rows$ = predict$(model, tf.tensor2d([[1], [2], [3]]), { batchSize: 2 }).pipe(
 *   filter((e) => e._tag === 'PredictBatchEnd'),
 *   map((e) => Array.from((e.outputs as tf.Tensor).dataSync())),
 *   toArray(),
 * )
 * await lastValueFrom(rows$) // => [[1, 2], [3]]
 */
export const predict$ = (
  model: tf.LayersModel,
  x: Tensors | Dataset,
  options?: PassOptions,
): Observable<PredictionEvent> => observe('prediction', (tell) => prepare(model, x, options, tell))
