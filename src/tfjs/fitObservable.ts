import type * as tf from '@tensorflow/tfjs'
import { Observable } from 'rxjs'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { host } from '#host'
import { optionsAt, prepare, type Callbacks, type Checked, type FitDatasetOptions, type FitOptions } from './fit.js'

interface Observed {
  /** also send BatchBegin and BatchEnd, which cost a readback of the metrics each. Default false: only if a policy reads them */
  readonly batches?: boolean
}

type Tensors = Parameters<tf.LayersModel['fit']>[0]

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
  return new Observable((subscriber) => {
    const { attached, run } = prepare(model, given, {
      observe: batches ? ['BatchBegin', 'BatchEnd'] : [],
      onEvent: (event) => {
        subscriber.next(event)
      },
    })
    let running = true
    run().then(
      () => {
        running = false
        subscriber.complete()
      },
      (error: unknown) => {
        running = false
        if (subscriber.closed) host.print(`training failed after it was unsubscribed: ${String(error)}`, 'warning')
        subscriber.error(error)
      },
    )
    return () => {
      if (running) attached.stop('unsubscribed')
    }
  })
}
