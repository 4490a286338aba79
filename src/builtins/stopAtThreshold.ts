import { stopTraining } from '../dsl/Command.js'
import type { Direction, MetricName } from '../dsl/Metrics.js'
import { finite, flag, mode, parse, text } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { emit } from '../operators/emit.js'
import { resolveDirection } from '../operators/internal/progress.js'
import { threshold as crossing } from '../operators/internal/threshold.js'
import { monitorEntries, type MonitorOptions } from '../operators/monitor.js'
import { composed } from './internal/composed.js'
import * as v from 'valibot'

export interface StopAtThresholdOptions<M extends string = string> extends MonitorOptions {
  /** the metric */
  readonly monitor: M
  /** the value that is good enough */
  readonly threshold: number
  /** 'min': stop below, 'max': stop above. 'auto' (default) knows the common metrics' direction and refuses to guess others */
  readonly mode?: Direction | 'auto'
  /** whether the threshold itself is good enough. Default false: the metric must be better */
  readonly inclusive?: boolean
}

const schema = v.strictObject({
  monitor: text,
  threshold: finite,
  mode,
  inclusive: v.optional(flag, false),
  ...monitorEntries,
})

const by = 'stopAtThreshold'

/**
 * Stops as soon as a metric is good enough: below the threshold where it should fall, above where it should rise. Composer's
 * ThresholdStopper, and the custom callback of many tutorials. `at: 'BatchEnd'` looks at each batch.
 * @category builtins
 * @example
 * import { stopAtThreshold } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const log = fromEpochs([0.5, 0.9, 0.95, 0.97].map((acc) => ({ acc })))
 * replay(stopAtThreshold({ monitor: 'acc', threshold: 0.9 }), log).outcome.stoppedEpoch // => 2
 */
export const stopAtThreshold = <const M extends MetricName>(options: StopAtThresholdOptions<M>): Policy<NoInfer<M>> => {
  const { monitor, threshold, mode, inclusive, at, onMissing } = parse(by, schema, options)
  const falls = resolveDirection(by, mode, [monitor]) === 'min'
  const is = inclusive ? (falls ? 'at most' : 'at least') : falls ? 'below' : 'above'
  const reached = crossing(by, monitor, threshold, { at, onMissing }, is)
  const word = falls ? 'below' : 'above'
  const reason = `${monitor} is ${inclusive ? `${threshold} or ${word}` : `${word} ${threshold}`}`
  return composed(by, options, emit(stopTraining(reason))(reached)) as Policy<M>
}
