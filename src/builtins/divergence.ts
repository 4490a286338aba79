import { stopTraining } from '../dsl/Command.js'
import type { Direction, MetricName } from '../dsl/Metrics.js'
import { finite, flag, mode, parse, text } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { scan } from '../dsl/Signal.js'
import { make, type Firing } from '../dsl/Trigger.js'
import { breachOf, breachWords, type Breach } from '../dialects/lightning/limits.js'
import { emit } from '../operators/emit.js'
import { resolveDirection } from '../operators/internal/progress.js'
import { monitor as monitorOf, monitorEntries, type MonitorOptions } from '../operators/monitor.js'
import { composed } from './internal/composed.js'
import * as v from 'valibot'

export interface DivergenceOptions<M extends string = string> extends MonitorOptions {
  /** the metric. Default 'val_loss' */
  readonly monitor?: M
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others' */
  readonly mode?: Direction | 'auto'
  /** stop when the metric is NaN or infinite. Default true */
  readonly checkFinite?: boolean
  /** stop when the metric is better than this: it is good enough */
  readonly stoppingThreshold?: number | null
  /** stop when the metric is worse than this: it won't come back */
  readonly divergenceThreshold?: number | null
}

const limit = v.nullish(finite, null)
const schema = v.strictObject({
  monitor: v.optional(text, 'val_loss'),
  mode,
  checkFinite: v.optional(flag, true),
  stoppingThreshold: limit,
  divergenceThreshold: limit,
  ...monitorEntries,
})

const by = 'divergence'

/**
 * Stops at once when a metric is not finite, better than one threshold or worse than another: the questions that Lightning's
 * EarlyStopping asks before it counts, without the counting, in doubles. `at: 'BatchEnd'` asks them of each batch.
 * @category builtins
 * @see https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.callbacks.EarlyStopping.html
 * @example
 * import { divergence } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const log = fromEpochs([1, 2, 11, 12].map((val_loss) => ({ val_loss })))
 * const { outcome } = replay(divergence({ divergenceThreshold: 10 }), log)
 * outcome.reason // => 'val_loss is worse than 10'
 */
export const divergence = <const M extends MetricName = 'val_loss'>(
  options: DivergenceOptions<M> = {},
): Policy<NoInfer<M>> => {
  const { monitor, at, onMissing, ...o } = parse(by, schema, options)
  const limits = { ...o, mode: resolveDirection(by, o.mode, [monitor]) }
  const breach = breachOf(limits)
  const metric = monitorOf(monitor, { at, onMissing })
  const breached = make(
    scan<string, null, Firing>(metric.spec, metric, null, undefined, (state, observed) => {
      const reason = breach(observed)
      return [reason === null ? undefined : { observed, reason }, state]
    }),
  )
  const stop = emit((_, { reason, observed }) =>
    stopTraining(breachWords(reason as Breach, monitor, observed as number, limits)),
  )
  return composed(by, options, stop(breached)) as unknown as Policy<M>
}
