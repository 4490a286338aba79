import { averageWeights, none, restoreWeights, setLR, type Command } from '../dsl/Command.js'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import * as Machine from '../dsl/Machine.js'
import { above, count, flag, oneOf, OptionError, parse } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { slotOf } from './internal/averaged.js'
import * as v from 'valibot'

export interface StochasticWeightAveragingOptions {
  /** rate that is held while weights are averaged; above 0. Without it the rate is left to others */
  readonly swaLrs?: number
  /** below 1: the fraction of the planned epochs after which it begins; from 1: the epoch, counted from 1. Default 0.8 */
  readonly swaEpochStart?: number
  /** epochs in which the rate goes from where it was to `swaLrs`; 0: at once. Default 10 */
  readonly annealingEpochs?: number
  /** how it goes there: 'cos' (default) or 'linear' */
  readonly annealingStrategy?: 'cos' | 'linear'
  /** also average BatchNorm's moving statistics. Default true */
  readonly useBuffers?: boolean
}

export const stochasticWeightAveragingSchema = v.strictObject({
  swaLrs: v.optional(above(0)),
  swaEpochStart: v.optional(
    v.pipe(
      v.number(),
      v.check(
        (x) => x >= 0 && (x < 1 || Number.isSafeInteger(x)),
        'must be a fraction below 1 or a whole number from 1',
      ),
    ),
    0.8,
  ),
  annealingEpochs: v.optional(count, 10),
  annealingStrategy: v.optional(oneOf('cos', 'linear'), 'cos'),
  useBuffers: v.optional(flag, true),
})

const by = 'stochasticWeightAveraging'

type State = {
  /** 0-based epoch with which it begins; null until training has begun */
  readonly start: number | null
  /** rate that training began with: cuts made since multiply whatever is set */
  readonly initial: JsonNumber | null
  /** rate that was set last */
  readonly last: JsonNumber | null
  /** epochs averaged */
  readonly taken: number
}

/** How far the rate has gone: 0 at the first epoch. */
const progress = (strategy: 'cos' | 'linear', epochs: number, since: number): number => {
  const t = epochs === 0 ? 1 : Math.min(1, since / epochs)
  return strategy === 'linear' ? t : (1 - Math.cos(Math.PI * t)) / 2
}

/**
 * Stochastic weight averaging: from an epoch on, an equal average of the weights at the end of each epoch is kept, under a
 * rate of its own, and the model is left with the average when training ends. Lightning's StochasticWeightAveraging: the rate
 * goes from where it was to `swaLrs` within `annealingEpochs`, as torch's SWALR does. Lightning averages the weights at the
 * beginning of epochs and so never takes in the last epoch's; here it is their ends, as in the paper and in torch's recipe.
 *
 * `swaLrs` sets the rate: another policy that sets it is refused; leave it out to train on under your own schedule. BatchNorm's
 * moving statistics are averaged with the weights (torch's `use_buffers`), where Lightning makes another pass over the data.
 * When training ends before it has begun, nothing is changed. A run
 * that goes on from a checkpoint has its average back; `resume` of a policy alone begins a new one.
 * @category builtins
 * @see https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.callbacks.StochasticWeightAveraging.html
 * @example
 * import { stochasticWeightAveraging } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const policy = stochasticWeightAveraging({ swaLrs: 0.05, swaEpochStart: 2, annealingEpochs: 2, annealingStrategy: 'linear' })
 * const { learningRates } = replay(policy, fromEpochs([{}, {}, {}, {}, {}], { learningRate: 0.25 })).outcome
 * learningRates.map((rate) => Number(rate.toFixed(3))) // => [0.25, 0.25, 0.15, 0.05, 0.05]
 */
export const stochasticWeightAveraging = (options: StochasticWeightAveragingOptions = {}): Policy<never> => {
  const { swaLrs, swaEpochStart, annealingEpochs, annealingStrategy, useBuffers } = parse(
    by,
    stochasticWeightAveragingSchema,
    options,
  )
  if (swaLrs === undefined && (options.annealingEpochs !== undefined || options.annealingStrategy !== undefined))
    throw new OptionError([{ path: `${by}.swaLrs`, message: 'must be given where the rate is to be annealed to it' }])
  const slot = slotOf(by, { ...options })

  /** Lightning counts the epoch from 1, a fraction's as well. */
  const startOf = (epochs: number): number =>
    Math.max(0, (swaEpochStart < 1 ? Math.floor(epochs * swaEpochStart) : swaEpochStart) - 1)

  const anneal = (state: State, { epoch }: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
    const { start, initial, last } = state
    if (swaLrs === undefined || start === null || initial === null || epoch < start) return [none, state]
    const t = progress(annealingStrategy, annealingEpochs, epoch - start)
    const value = t === 1 ? swaLrs : swaLrs * t + decodeNumber(initial) * (1 - t)
    // in the first epoch the rate is what it was
    if (encodeNumber(value) === last || t === 0) return [none, state]
    return [[{ ...setLR(value), by, why: { epoch, value, target: swaLrs } }], { ...state, last: encodeNumber(value) }]
  }

  return make<never>(
    Machine.make(
      {
        kind: by,
        options: { ...options },
        events: ['TrainBegin', 'EpochBegin', 'EpochEnd', 'TrainEnd'],
        ...(swaLrs === undefined ? { ignoresRate: true } : { learningRate: 'sets' }),
      },
      { start: null, initial: null, last: null, taken: 0 },
      (state: State, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
        switch (event._tag) {
          case 'TrainBegin':
            return [
              none,
              { start: startOf(event.params.epochs), initial: encodeNumber(event.lr), last: null, taken: 0 },
            ]
          case 'EpochBegin':
            return anneal(state, event)
          case 'EpochEnd': {
            if (state.start === null || event.epoch < state.start) return [none, state]
            const taken = state.taken + 1
            const average = averageWeights(slot, 1 / taken, { buffers: useBuffers })
            return [[{ ...average, by, why: { taken } }], { ...state, taken }]
          }
          case 'TrainEnd':
            return [state.taken > 0 ? [{ by, ...restoreWeights(slot) }] : none, { ...state, taken: 0 }]
          default:
            return [none, state]
        }
      },
    ),
  )
}
