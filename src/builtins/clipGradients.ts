import { none, setGradientClipping, type ClippingMode } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { above, mustBeOptions, OptionError, parse } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

/** One of them, above 0. */
export interface ClipGradientsOptions {
  /** each weight's gradient has at most this L2 norm: Keras' `clipnorm` */
  readonly norm?: number
  /** each number is at most this, and at least minus this: Keras' `clipvalue` */
  readonly value?: number
  /** all gradients together have at most this L2 norm: Keras' `global_clipnorm` */
  readonly global?: number
}

const limit = v.optional(above(0))
const schema = v.strictObject({ norm: limit, value: limit, global: limit })

const by = 'clipGradients'

/**
 * Clips gradients before the optimizer gets them, as Keras' optimizers do and TensorFlow.js' don't: by the norm of each weight's
 * gradient, by that of all together, or number by number. One of the three; policies of different kinds work one after another, in their order, and
 * of one kind the limit that was set last holds.
 * With gradient accumulation the mean of a round is clipped, as in Keras; frozen layers don't count.
 *
 * What isn't finite goes the way it goes in Keras: with `global` a NaN or an infinity anywhere makes every gradient NaN; with `norm`
 * those of its weight: NaN all of them, an infinity itself, while the weight's finite ones become 0; with `value` NaN stays and an
 * infinity becomes the limit. `terminateOnNaN` ends such a run at the next batch.
 * @category builtins
 * @see https://keras.io/api/optimizers/
 * @throws OptionError unless one limit is given, finite and above 0
 * @example
 * import { clipGradients } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * commands(clipGradients({ global: 1 }), [{}, {}]).map(({ by, ...command }) => command)
 * // => [{ _tag: 'SetGradientClipping', mode: 'global', limit: 1 }]
 */
export const clipGradients = (options: ClipGradientsOptions): Policy<never> => {
  mustBeOptions(by, options)
  const given = Object.entries(parse(by, schema, options)).filter(([, most]) => most !== undefined)
  const [only] = given
  if (!only || given.length > 1)
    throw new OptionError([
      {
        path: by,
        message: `one of norm, value and global must be given, got ${given.length === 0 ? 'none' : given.map(([name]) => name).join(' and ')}`,
      },
    ])
  const [mode, most] = only as [ClippingMode, number]
  const commands = [{ by, ...setGradientClipping(mode, most) }]
  return make<never>(
    Machine.fromFunction(
      { kind: by, options: { [mode]: most }, events: ['TrainBegin'], ignoresRate: true },
      (event: TrainingEvent<never>) => (event._tag === 'TrainBegin' ? commands : none),
    ),
  )
}
