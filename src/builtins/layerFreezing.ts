import { freeze, none, unfreeze, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { mustBeOptions, OptionError, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface LayerFreezingOptions {
  /** names of layers; `*` stands for any characters */
  readonly layers: string | ReadonlyArray<string>
  /** 0-based epoch with which they begin to learn; from 1. Default null: not in this fit */
  readonly until?: number | null
}

export const layerFreezingSchema = v.strictObject({
  layers: v.union([text, v.pipe(v.array(text), v.minLength(1, 'must name a layer'))]),
  until: v.optional(v.nullable(positive), null),
})

const by = 'layerFreezing'

/** What others call a rate for the layers that begin to learn. */
const rates = /lr$|lrs$|learningrate|ratio|denom|^lambda/i

/** TensorFlow.js has one rate for all weights: an option that would be ignored is refused with the reason. */
const refuseRates = (options: object): void => {
  const asked = Object.keys(options).filter((name) => rates.test(name))
  if (asked.length === 0) return
  throw new OptionError(
    asked.map((name) => ({
      path: `${by}.${name}`,
      message:
        "optimizers of TensorFlow.js have one rate for all weights, so these layers can't have one of their own; " +
        'lower it for all from that epoch on, with scheduleLR or learningRateScheduler',
    })),
  )
}

/**
 * Keeps layers as they are until an epoch begins, then lets them learn with the rest: fine-tuning, as with Lightning's
 * BackboneFinetuning, but for its rates (TensorFlow.js has one rate for all weights). Several in `all` thaw layer by layer. A
 * name that the model doesn't have, or a layer that was frozen when the model was compiled and is to learn again, is an error
 * before training starts. When the fit ends, however it ends, all layers are as they were before it. In TensorFlow.js a frozen
 * BatchNorm still updates its moving statistics.
 * @category builtins
 * @see https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.callbacks.BackboneFinetuning.html
 * @example
 * import { layerFreezing } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const asked = commands(layerFreezing({ layers: 'conv_*', until: 2 }), [{}, {}, {}])
 * asked.map((c) => c._tag) // => ['FreezeLayers', 'UnfreezeLayers']
 */
export const layerFreezing = (options: LayerFreezingOptions): Policy<never> => {
  mustBeOptions(by, options)
  refuseRates(options)
  const { layers, until } = parse(by, layerFreezingSchema, options)
  const names = typeof layers === 'string' ? [layers] : layers
  const why = { until }
  return make<never>(
    Machine.make(
      {
        kind: by,
        options: { ...options },
        events: ['TrainBegin', 'EpochBegin'],
        freezes: names,
        ...(until !== null && { unfreezes: names }),
        ignoresRate: true,
      },
      false,
      (frozen, { _tag, epoch }: TrainingEvent<never>): readonly [ReadonlyArray<Command>, boolean] => {
        const due = until === null || epoch < until
        if (_tag === 'TrainBegin') return due ? [[{ by, why, ...freeze(...names) }], true] : [none, false]
        return frozen && !due ? [[{ by, why, ...unfreeze(...names) }], false] : [none, frozen]
      },
    ),
  )
}
