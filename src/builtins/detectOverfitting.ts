import { log, none, stopTraining, type Command } from '../dsl/Command.js'
import { directionOf, type MetricName } from '../dsl/Metrics.js'
import type * as Machine from '../dsl/Machine.js'
import { finite, onMissing, OptionError, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { scan, zipWith } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'
import { monitor as monitorOf } from '../operators/monitor.js'
import { composed } from './internal/composed.js'
import * as v from 'valibot'

export interface DetectOverfittingOptions<M extends string = string, N extends string = string> {
  /** how many times the training metric the validation metric may be. Default 1.3 */
  readonly threshold?: number
  /** epochs in a row above the threshold until training stops; from 1. Default 1 */
  readonly patience?: number
  /** the metric on validation data. Default 'val_loss' */
  readonly monitor?: M
  /** the metric on training data. Default 'loss' */
  readonly training?: N
  /** 1: say the ratio of each epoch. Default 0 */
  readonly verbose?: 0 | 1
  /** what to do when the run doesn't report a metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

const schema = v.strictObject({
  threshold: v.optional(finite, 1.3),
  patience: v.optional(positive, 1),
  monitor: v.optional(text, 'val_loss'),
  training: v.optional(text, 'loss'),
  verbose: v.optional(v.picklist([0, 1]), 0),
  onMissing,
})

const by = 'detectOverfitting'

/**
 * Stops when a metric on validation data is more than `threshold` times that on training data, for `patience` epochs in a row.
 * Epochs in which one of them wasn't measured, or the training metric is 0 or less, of which nothing is a multiple that says
 * anything, are passed over. Metrics that are known to rise, such as accuracy, are refused. TensorFlow's course and guide have
 * it as their first custom callback, with 0.7.
 * @category builtins
 * @example
 * import { detectOverfitting } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const log = fromEpochs([1, 1.25, 1.5, 2].map((val_loss) => ({ loss: 1, val_loss })))
 * replay(detectOverfitting({ patience: 2 }), log).outcome.stoppedEpoch // => 3
 */
export const detectOverfitting = <const M extends MetricName = 'val_loss', const N extends MetricName = 'loss'>(
  options: DetectOverfittingOptions<M, N> = {},
): Policy<NoInfer<M> | NoInfer<N>> => {
  const { threshold, patience, monitor, training, verbose, onMissing } = parse(by, schema, options)
  const rising = Object.entries({ monitor, training }).filter(([, metric]) => directionOf(metric) === 'max')
  if (rising.length > 0)
    throw new OptionError(
      rising.map(([option, metric]) => ({
        path: `${by}.${option}`,
        message: `'${metric}' rises as a model gets better, so a high ratio is no overfitting; take a metric that falls, such as a loss`,
      })),
    )
  const [validated, trained] = [monitorOf(monitor, { onMissing }), monitorOf(training, { onMissing })]
  const spec = around('ratio', {}, [validated.spec, trained.spec])
  const measured = zipWith(spec, validated, trained, (over, under) => (under <= 0 ? undefined : over / under))
  const policy = make(
    scan<string, number, ReadonlyArray<Command>>(
      spec,
      measured,
      0,
      none,
      (before, observed, { epoch }) => {
        const wait = observed > threshold ? before + 1 : 0
        const said = verbose ? [log(`Epoch ${epoch + 1}: ${monitor} / ${training} is ${observed.toFixed(2)}`)] : none
        if (wait < patience) return [said, wait]
        const why = { observed, threshold, wait, patience }
        return [[...said, { why, ...stopTraining(`overfitting: ${monitor} / ${training} above ${threshold}`) }], wait]
      },
      (wait) => [{ by, why: { threshold, wait, patience } }] satisfies ReadonlyArray<Machine.Insight>,
    ),
  )
  return composed(by, options, policy) as unknown as Policy<M | N>
}
