import type * as tf from '@tensorflow/tfjs'
import { host } from '#host'
import { attach, hooksFor, type Attachment, type AttachOptions } from './attach.js'
import { takeIn } from '../others.js'
import { wantsTests } from './validation.js'
import { policyOf, type Callbacks } from '../wire.js'

export interface ToCallbackOptions extends AttachOptions {
  /** the model that you train: what commands are carried out on. Not needed with `tf` */
  readonly model?: tf.LayersModel
  /**
   * your TensorFlow.js. With it the callback is an instance of its `CustomCallback`: tfjs hands it the model, and it may stand
   * anywhere in a list with instances of your own (`[toCallback(policy, { tf }), tf.callbacks.earlyStopping(…)]`)
   */
  readonly tf?: Pick<typeof tf, 'CustomCallback'>
  /** when training yields to the browser; only with `tf`, as tfjs takes it from the instance then. Default 'auto' */
  readonly yieldEvery?: tf.ModelFitArgs['yieldEvery']
}

/**
 * A policy as one tfjs callback, for people who go on calling `model.fit` or `model.fitDataset` themselves; good for any number
 * of runs, one at a time. Mixed lists of plain objects and instances crash
 * tfjs (tfjs#1792): give yours as `otherCallbacks`, or give
 * `tf`. `fit` gives more: decisions, and a clean end after any error.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { earlyStopping } from 'rxfit'
 * import { toCallback } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
 * model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0) })
 * const callback = toCallback(earlyStopping({ monitor: 'loss', patience: 2 }), { model })
 * const { epoch } = await model.fit(tf.ones([4, 1]), tf.zeros([4, 1]), { epochs: 9, callbacks: callback, verbose: 0 })
 * epoch.length // => 3
 */
export const toCallback = <M extends string>(
  callbacks: Callbacks<M>,
  options: ToCallbackOptions = {},
): tf.CustomCallbackArgs => {
  const { tf: tfjs, yieldEvery = 'auto', model: given, ...rest } = options
  if (!tfjs && !given) throw new TypeError('toCallback: tfjs tells a plain callback no model; give { model } or { tf }')
  const policy = policyOf(callbacks)
  if (wantsTests(policy))
    host.print(
      'toCallback: model.fit tells callbacks nothing of validation, so there will be no Test events; fit of rxfit/tfjs has them',
      'warning',
    )
  let model = given
  let trained: Training | undefined
  let attached: Attachment | undefined
  /** the fit that this callback is in: tfjs makes an object for each of a plain callback */
  let run: unknown
  /** the model it trains, where tfjs tells; it marks a model while it trains it */
  let running: Training | undefined
  let shared = false
  const begin = (callback: unknown): Attachment => {
    if (running?.isTraining && running !== trained) throw new Error(oneAtATime)
    run = callback
    running = trained
    shared = false
    attached?.close()
    attached = attach(model as tf.LayersModel, policy, { ...rest, rethrows: true })
    return attached
  }
  /** A plain callback isn't told whose it is: that two fits have it shows when the first comes back to it. */
  const current = (callback: unknown): Attachment | undefined => {
    shared ||= run !== callback
    if (!shared) return attached
    attached?.close(true)
    throw new Error(oneAtATime)
  }
  const hooks: tf.CustomCallbackArgs = Object.fromEntries(
    hooksFor(policy, takeIn(rest.otherCallbacks)).map((name) => [
      name,
      function (this: unknown, ...args: Array<unknown>) {
        const attachment = name === 'onTrainBegin' ? begin(this) : current(this)
        return (attachment?.hooks[name] as AnyHook | undefined)?.apply(this, args)
      },
    ]),
  )
  if (!tfjs) return hooks
  const setModel = (told: tf.LayersModel): void => {
    trained = told as unknown as Training
    // a Sequential trains an inner model: what the user gave is the better one to save
    model = given ?? told
  }
  return Object.assign(new tfjs.CustomCallback(hooks, yieldEvery), { setModel })
}

interface Training {
  readonly isTraining?: boolean
}

const oneAtATime = 'toCallback: this callback is in two fits at once; make one for each'

type AnyHook = (this: unknown, ...args: Array<unknown>) => unknown
