import { atLeast, lessThan, parse, positive } from '../dsl/Options.js'
import * as Machine from '../dsl/Machine.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { cutAbove } from './internal/cutAbove.js'
import * as v from 'valibot'

export interface StepwiseLRReductionOptions {
  /** epochs between two cuts; a whole number from 1 */
  readonly epochSteps: number
  /** what the learning rate is multiplied by; from 0, below 1 */
  readonly reductionFactor: number
  /** a cut that would go below this is left out. Default null: none is */
  readonly minLr?: number | null
}

export const reductionFactor = v.pipe(atLeast(0), lessThan(1))
export const minLr = v.nullish(atLeast(0), null)

const schema = v.strictObject({ epochSteps: positive, reductionFactor, minLr })

const by = 'stepwiseLRReduction'

/**
 * Multiplies the learning rate as every n-th epoch begins, but the first. Sonosco's StepwiseLearningRateReduction: a cut that
 * would lead below `minLr` is not made at all. It composes with a schedule.
 * @category builtins
 * @example
 * import { stepwiseLRReduction } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const policy = stepwiseLRReduction({ epochSteps: 2, reductionFactor: 0.5 })
 * replay(policy, fromEpochs([{}, {}, {}, {}, {}], { learningRate: 1 })).outcome.learningRates // => [1, 1, 0.5, 0.5, 0.25]
 */
export const stepwiseLRReduction = (options: StepwiseLRReductionOptions): Policy<never> => {
  const { epochSteps, reductionFactor: factor, minLr: min } = parse(by, schema, options)
  return make<never>(
    Machine.fromFunction(
      { kind: by, options: { ...options }, events: ['EpochBegin'], learningRate: 'scales' },
      (event: TrainingEvent<never>) =>
        event.epoch > 0 && event.epoch % epochSteps === 0 ? cutAbove(by, event, factor, min) : [],
    ),
  )
}
