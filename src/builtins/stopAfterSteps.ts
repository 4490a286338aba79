import { stopTraining } from '../dsl/Command.js'
import { parse, positive } from '../dsl/Options.js'
import { idle, type Policy } from '../dsl/Policy.js'
import { emit } from '../operators/emit.js'
import { after } from '../operators/after.js'
import { composed } from './internal/composed.js'
import * as v from 'valibot'

export interface StopAfterStepsOptions {
  /** batches to train, over all epochs and resumed runs; a whole number from 1, or -1 for no limit */
  readonly maxSteps: number
}

const schema = v.strictObject({ maxSteps: v.union([v.literal(-1), positive]) })

const by = 'stopAfterSteps'

/**
 * Stops when that many batches have been trained. Lightning's `max_steps`: a resumed run goes on counting where the other
 * ended. Where batches aren't recorded a replay sees nothing of it.
 * @category builtins
 * @example
 * import { stopAfterSteps } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const log = fromEpochs([{}, {}, {}], { batchesPerEpoch: 4 })
 * replay(stopAfterSteps({ maxSteps: 6 }), log).outcome.stoppedEpoch // => 1
 */
export const stopAfterSteps = (options: StopAfterStepsOptions): Policy<never> => {
  const { maxSteps } = parse(by, schema, options)
  const stop = maxSteps === -1 ? idle : emit(stopTraining(`${maxSteps} steps are trained`))(after(maxSteps, 'batches'))
  return composed(by, options, stop)
}
