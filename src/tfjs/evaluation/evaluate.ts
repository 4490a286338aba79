import type * as tf from '@tensorflow/tfjs'
import type { Observable } from 'rxjs'
import type { Logs, TrainingEvent } from '../../dsl/TrainingEvent.js'
import {
  datasetBatches,
  inOrder,
  isDataset,
  pairOf,
  tensorBatches,
  type Batches,
  type Dataset,
  type Tensors,
} from '../batches.js'
import { observe } from '../observe.js'
import { begin, mustBeModel, passOptions, type Passing, type PassOptions } from './pass.js'
import { metricNames, walkTest } from './testEvents.js'
import type { Deeds } from '../wire.js'

/** What was measured, and what policies did. */
export interface EvaluateResult extends Deeds {
  /** the loss and every metric, means over the data, by the names that fit gives them */
  readonly logs: Logs
  /** batches that were measured */
  readonly batches: number
}

const batchesOf = (
  model: tf.LayersModel,
  x: unknown,
  y: unknown,
  batchSize: number,
  most: number | undefined,
): Batches =>
  isDataset(x)
    ? datasetBatches('evaluate', x, pairOf('evaluate', model), most)
    : tensorBatches(
        'evaluate',
        inOrder('evaluate: x', x, model.inputNames),
        inOrder('evaluate: y', y, model.outputNames),
        batchSize,
        most,
      )

const prepare = (
  model: tf.LayersModel,
  args: ReadonlyArray<unknown>,
  onEvent?: (event: TrainingEvent) => void,
): Passing<EvaluateResult> => {
  mustBeModel('evaluate', model)
  if (!(model as { readonly optimizer?: unknown }).optimizer)
    throw new Error('evaluate: compile the model first: there is no loss to measure')
  const [x, second, third] = args
  const { batchSize, batches: most, ...options } = passOptions('evaluate', isDataset(x) ? second : third)
  const batches = batchesOf(model, x, second, batchSize, most)
  const pass = begin(model, { ...options, ...(onEvent && { onEvent }) })
  return pass.through(async () => {
    const params = pass.params(batches, metricNames(model))
    const logs = await walkTest(model, batches, {
      stopped: pass.stopped,
      fire: (tag, batch, measured) => {
        if (tag === 'TestBegin') return pass.fire(tag, batch, measured, { params })
        if (tag !== 'TestEnd') return pass.fire(tag, batch, measured)
        if (pass.done() === 0) throw new Error('evaluate: the dataset has no batches')
        return pass.fire(tag, batch, measured, pass.end())
      },
    })
    return { logs, batches: pass.done(), ...pass.deeds }
  })
}

/**
 * Measures a model as tfjs' `evaluate` and `evaluateDataset` do, with policies attached: they hear of TestBegin, of each batch
 * (its own loss and metrics) and of TestEnd (the means), and may stop it after a batch. Resolves with numbers, so there is
 * nothing to dispose of; the means are tfjs' own, bit for bit where it computes on the CPU.
 *
 * `x` and `y` are tensors, lists or objects of tensors by input and output name, or `x` is a dataset of `{ xs, ys }`. The
 * model must be compiled. Rejects with what policies throw, with a failed command that steers, and where data don't fit.
 * @category tfjs
 * @see https://keras.io/api/models/model_training_apis/#evaluate-method
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { stopIf } from 'rxfit'
 * import { evaluate } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })] })
 * model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' })
 * const { logs } = await evaluate(model, tf.ones([4, 1]), tf.ones([4, 1]))
 * logs // => { loss: 1 }
 * const hopeless = stopIf((e) => e.logs.loss > 0.5, 'hopeless', { at: 'TestBatchEnd' })
 * const { batches } = await evaluate(model, tf.ones([4, 1]), tf.ones([4, 1]), { batchSize: 1, callbacks: hopeless })
 * batches // => 1
 */
export function evaluate(model: tf.LayersModel, x: Tensors, y: Tensors, options?: PassOptions): Promise<EvaluateResult>
export function evaluate(model: tf.LayersModel, dataset: Dataset, options?: PassOptions): Promise<EvaluateResult>
export async function evaluate(model: tf.LayersModel, ...args: ReadonlyArray<unknown>): Promise<EvaluateResult> {
  return prepare(model, args).run()
}

/**
 * `evaluate` as a cold Observable of its events; the last, TestEnd, has the means. Unsubscribing ends it after the batch at
 * hand.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { lastValueFrom } from 'rxjs'
 * import { evaluate$ } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros' })] })
 * model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' })
 * const end = await lastValueFrom(evaluate$(model, tf.ones([4, 1]), tf.ones([4, 1])))
 * end.logs // => { loss: 1 }
 */
export function evaluate$(
  model: tf.LayersModel,
  x: Tensors,
  y: Tensors,
  options?: PassOptions,
): Observable<TrainingEvent>
export function evaluate$(model: tf.LayersModel, dataset: Dataset, options?: PassOptions): Observable<TrainingEvent>
export function evaluate$(model: tf.LayersModel, ...args: ReadonlyArray<unknown>): Observable<TrainingEvent> {
  return observe('evaluation', (tell) => prepare(model, args, tell))
}
