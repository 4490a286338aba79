import type * as tf from '@tensorflow/tfjs'
import type { Observable } from 'rxjs'
import type { Tag, TrainingEvent } from '../../dsl/TrainingEvent.js'
import type { Tensors } from '../batches.js'
import { optionsAt, prepare, type Checked, type FitDatasetOptions, type FitOptions } from './fit.js'
import { observe } from '../observe.js'
import type { Callbacks } from '../wire.js'

interface Observed {
  /** also send BatchBegin and BatchEnd, which cost a readback of the metrics each, and those of validation. Default false: only if a policy reads them */
  readonly batches?: boolean
}

/**
 * Training as a cold Observable of its events: each subscription trains, completion means that it ended, an error is what
 * `fit` would reject with. Unsubscribing stops training after the batch at hand.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { filter, lastValueFrom, map, toArray } from 'rxjs'
 * import { fit$ } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
 * model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' })
 * const ends$ = fit$(model, tf.ones([4, 1]), tf.zeros([4, 1]), { epochs: 2 }).pipe(
 *   filter((e) => e._tag === 'EpochEnd'),
 *   map((e) => e.epoch),
 *   toArray(),
 * )
 * await lastValueFrom(ends$) // => [0, 1]
 */
export function fit$<const M extends string, O extends FitOptions<M> & Observed>(
  model: tf.LayersModel,
  x: Tensors,
  y: Tensors,
  options?: O & { readonly callbacks?: Callbacks<M> | undefined } & Checked<M, O>,
): Observable<TrainingEvent>
export function fit$<const M extends string, O extends FitDatasetOptions<M> & Observed>(
  model: tf.LayersModel,
  dataset: tf.data.Dataset<tf.TensorContainer>,
  options?: O & { readonly callbacks?: Callbacks<M> | undefined } & Checked<M, O>,
): Observable<TrainingEvent>
export function fit$(model: tf.LayersModel, ...args: ReadonlyArray<unknown>): Observable<TrainingEvent> {
  const at = optionsAt(args)
  const { batches = false, ...options } = (args[at] ?? {}) as Observed
  const given = [...args.slice(0, at), options]
  return observe('training', (tell: (event: TrainingEvent) => void) => {
    const { attached, run } = prepare(model, given, {
      observe: batches ? [...tests, ...inBatches] : tests,
      onEvent: tell,
    })
    return { run, stop: attached.stop }
  })
}

const tests: ReadonlyArray<Tag> = ['TestBegin', 'TestEnd']
const inBatches: ReadonlyArray<Tag> = ['BatchBegin', 'BatchEnd', 'TestBatchBegin', 'TestBatchEnd']
