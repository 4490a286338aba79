import { stopTraining } from '../dsl/Command.js'
import type { MetricName } from '../dsl/Metrics.js'
import { mustBeOptions, oneOf, parse } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import type { Trigger } from '../dsl/Trigger.js'
import { emit } from '../operators/emit.js'
import { whenGeneralizationLoss, type GeneralizationLossOptions } from '../operators/whenGeneralizationLoss.js'
import { whenIncreases, type IncreasesOptions } from '../operators/whenIncreases.js'
import { whenProgressQuotient, type ProgressQuotientOptions } from '../operators/whenProgressQuotient.js'
import { composed, handedOn } from './internal/composed.js'
import * as v from 'valibot'

interface Watched<M extends string> {
  /** the error that is watched, one that should fall. Default 'val_loss' */
  readonly monitor?: M
}

export type PrecheltOptions<M extends string = string, N extends string = string> =
  | ({ readonly criterion: 'GL' } & Watched<M> & GeneralizationLossOptions)
  | ({
      readonly criterion: 'PQ'
      /** PQ: the training error. Default 'loss' */
      readonly training?: N
    } & Watched<M> &
      ProgressQuotientOptions)
  | ({ readonly criterion: 'UP' } & Watched<M> & IncreasesOptions)

const by = 'prechelt'

// what else there is depends on the criterion, whose operator checks it
const anything = v.optional(v.unknown())
const common = { criterion: oneOf('GL', 'PQ', 'UP'), monitor: v.optional(v.string()) }
const schemas = {
  GL: v.strictObject({ ...common, alpha: anything, onMissing: anything }),
  PQ: v.strictObject({
    ...common,
    training: v.optional(v.string()),
    ...{ alpha: anything, k: anything, everyEpoch: anything, tol: anything, onMissing: anything },
  }),
  UP: v.strictObject({ ...common, s: anything, k: anything, onMissing: anything }),
}

const words = { GL: 'generalization loss', PQ: 'generalization loss for the progress made', UP: 'growing error' }

const triggerOf = (options: PrecheltOptions): Trigger => {
  if (options.criterion === 'PQ') {
    const { criterion: _, monitor, training, ...rest } = options
    return whenProgressQuotient(monitor, training, rest)
  }
  if (options.criterion === 'UP') {
    const { criterion: _, monitor, ...rest } = options
    return whenIncreases(monitor, rest)
  }
  const { criterion: _, monitor, ...rest } = options
  return whenGeneralizationLoss(monitor, rest)
}

/**
 * Stops by one of Prechelt's criteria. `GL`: the error lies more than `alpha` percent above its least. `PQ`: that, divided by
 * the progress of training over `k` epochs, is above `alpha`. `UP`: the error has grown over `s` strips of `k` epochs in a row.
 * @category builtins
 * @see Prechelt 1998, Early Stopping — But When?
 * @example
 * import { prechelt } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const log = fromEpochs([1, 0.5, 0.51, 0.6, 0.4].map((val_loss) => ({ val_loss })))
 * replay(prechelt({ criterion: 'GL', alpha: 5 }), log).outcome.stoppedEpoch // => 3
 */
export const prechelt = <const M extends MetricName = 'val_loss', const N extends MetricName = 'loss'>(
  options: PrecheltOptions<M, N>,
): Policy<NoInfer<M> | NoInfer<N>> => {
  mustBeOptions(by, options)
  const { criterion } = options
  parse(by, Object.hasOwn(schemas, criterion) ? schemas[criterion] : schemas.GL, options)
  const what = `${options.monitor ?? 'val_loss'}: ${words[criterion]} (Prechelt's ${criterion})`
  const policy = composed(by, options, emit(stopTraining(what))(handedOn(by, () => triggerOf(options))))
  return policy as unknown as Policy<M | N>
}
