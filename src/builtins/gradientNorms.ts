import { none, reportGradientNorms, trackGradientNorms, type NormsPer } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { flag, oneOf, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface GradientNormsOptions {
  /** at every so many steps of the optimizer, from the first of each epoch on; from 1. Default 1 */
  readonly every?: number
  /** besides the norm of all gradients together: of each 'layer', of each 'weight', or nothing ('global'). Default 'layer' */
  readonly per?: NormsPer
  /** true: as the optimizer gets them. Default false: as they are before `clipGradients` */
  readonly clipped?: boolean
  /** what the norms are called. Default 'gradient_norm' */
  readonly name?: string
}

export const gradientNormsSchema = v.strictObject({
  every: v.optional(positive, 1),
  per: v.optional(oneOf('global', 'layer', 'weight'), 'layer'),
  clipped: v.optional(flag, false),
  name: v.optional(text, 'gradient_norm'),
})

const by = 'gradientNorms'

/**
 * Puts the norms of the gradients into the logs of each epoch's end, where every other policy may monitor them, loggers write them
 * and records keep them: `gradient_norm`, the L2 norm of all gradients together, and `gradient_norm/<layer>` or
 * `gradient_norm/<weight>`. Each is the mean over the epoch's steps at which it was taken. Sonosco's gradient collector.
 *
 * Gradients are looked at before `clipGradients` changes them, wherever the two stand; with `clipped` behind it. With gradient
 * accumulation a step's gradients are the mean of its round. A layer that is frozen has none, so its norm isn't there. Training waits
 * for no number: they stay on the device until the epoch ends, a few numbers a step.
 * @category builtins
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { all, clipGradients, gradientNorms } from 'rxfit'
 * import { fit } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ name: 'out', units: 1, inputShape: [1], kernelInitializer: 'zeros' })] })
 * model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0) })
 * const callbacks = all(gradientNorms(), clipGradients({ global: 1 }), gradientNorms({ name: 'clipped', per: 'global', clipped: true }))
 * const { history } = await fit(model, tf.tensor2d([[0], [0]]), tf.tensor2d([[1], [2]]), { callbacks })
 * history // => { loss: [2.5], gradient_norm: [3], 'gradient_norm/out': [3], clipped: [1] }
 */
export const gradientNorms = (options: GradientNormsOptions = {}): Policy<never> => {
  const { every, per, clipped, name } = parse(by, gradientNormsSchema, options)
  const begin = [{ by, ...trackGradientNorms(name, { every, per, clipped }) }]
  const tell = [{ by, ...reportGradientNorms(name) }]
  return make<never>(
    Machine.fromFunction(
      {
        kind: by,
        options: { ...options },
        provides: [name],
        events: ['TrainBegin', 'Evaluating'],
        ignoresRate: true,
      },
      ({ _tag }: TrainingEvent<never>) => (_tag === 'TrainBegin' ? begin : _tag === 'Evaluating' ? tell : none),
    ),
  )
}
