import { trackAverage } from '../dsl/Command.js'
import { count, flag, parse, positive, within } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { averaged } from './internal/averaged.js'
import * as v from 'valibot'

export interface WeightAveragingOptions {
  /** what the average keeps of itself at an update, 0 to 1. Default 0.999 */
  readonly decay?: number
  /** steps of the optimizer between updates. Default 1 */
  readonly updateEveryNSteps?: number
  /** 0-based epoch with which averaging begins. Default 0 */
  readonly updateStartingAtEpoch?: number
  /** also average BatchNorm's moving statistics. Default true */
  readonly useBuffers?: boolean
}

export const weightAveragingSchema = v.strictObject({
  decay: v.optional(within(0, 1), 0.999),
  updateEveryNSteps: v.optional(positive, 1),
  updateStartingAtEpoch: v.optional(count, 0),
  useBuffers: v.optional(flag, true),
})

/**
 * Keeps an exponential moving average of the weights, tests with it, and leaves the model with it when training ends.
 * Lightning's EMAWeightAveraging, with its defaults; `swapEMAWeights` is Keras' and can also keep the average in the model
 * for checkpoints. A run
 * that goes on from a checkpoint has its average back; `resume` of a policy alone begins a new one.
 * @category builtins
 * @see https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.callbacks.EMAWeightAveraging.html
 * @example
 * import { weightAveraging } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * commands(weightAveraging({ decay: 0.9 }), [{}, {}]).map((c) => c._tag) // => ['TrackAverage', 'RestoreWeights']
 */
export const weightAveraging = (options: WeightAveragingOptions = {}): Policy<never> => {
  const { decay, updateEveryNSteps, updateStartingAtEpoch, useBuffers } = parse(
    'weightAveraging',
    weightAveragingSchema,
    options,
  )
  return averaged(
    'weightAveraging',
    { ...options },
    {
      track: (slot) => trackAverage(slot, decay, { every: updateEveryNSteps, buffers: useBuffers }),
      fromEpoch: updateStartingAtEpoch,
      betweenEpochs: false,
    },
  )
}
