import { trackAverage } from '../dsl/Command.js'
import { flag, parse, positive, within } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { averaged } from './internal/averaged.js'
import * as v from 'valibot'

export interface SwapEMAWeightsOptions {
  /** keep the average in the model from each epoch's end to the next one's beginning, for what saves then. Default false */
  readonly swapOnEpoch?: boolean
  /** what the average keeps of itself at a step of the optimizer, 0 to 1. Default 0.99, as Keras' `ema_momentum` */
  readonly momentum?: number
  /** every so many steps the average becomes the weights, as Keras' `ema_overwrite_frequency`. Default null: never */
  readonly overwriteFrequency?: number | null
}

export const swapEMAWeightsSchema = v.strictObject({
  swapOnEpoch: v.optional(flag, false),
  momentum: v.optional(within(0, 1), 0.99),
  overwriteFrequency: v.optional(v.nullable(positive), null),
})

/**
 * Keeps an exponential moving average of the trained weights (Polyak averaging), tests and predicts with it, and leaves the
 * model with it when training ends. Keras 3's SwapEMAWeights; the average, which Keras leaves to the optimizer, is kept here:
 * the first step's weights, then after each step `momentum` times the average and the rest of the weights.
 *
 * With `swapOnEpoch` the average is in the model from an epoch's end to the next one's beginning, so that a checkpoint or best
 * weights kept at an epoch's end are averages, wherever in the order they stand. The average is left in place after the last
 * epoch, also when training was stopped early, where Keras leaves the weights of the last step. Of several policies that put
 * weights back when training ends, the last wins. BatchNorm's moving statistics are no part of it, as in Keras. A run
 * that goes on from a checkpoint has its average back; `resume` of a policy alone begins a new one.
 * @category builtins
 * @see https://keras.io/api/callbacks/swap_ema_weights/
 * @example
 * import { swapEMAWeights } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const asked = commands(swapEMAWeights({ swapOnEpoch: true }), [{}, {}])
 * asked.map((c) => c._tag) // => ['TrackAverage', 'SwapWeights', 'SwapWeights', 'SwapWeights']
 */
export const swapEMAWeights = (options: SwapEMAWeightsOptions = {}): Policy<never> => {
  const { swapOnEpoch, momentum, overwriteFrequency } = parse('swapEMAWeights', swapEMAWeightsSchema, options)
  return averaged(
    'swapEMAWeights',
    { ...options },
    {
      track: (slot) => trackAverage(slot, momentum, { overwriteEvery: overwriteFrequency }),
      fromEpoch: 0,
      betweenEpochs: swapOnEpoch,
    },
  )
}
