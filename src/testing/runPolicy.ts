import type { Policy } from '../dsl/Policy.js'
import { label } from '../dsl/Spec.js'
import { fromEpochs, type EpochRow, type EpochsOptions } from '../logs/fromEpochs.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { replay, type Replay } from '../replay/replay.js'
import { curve, type CurveOptions } from './curve.js'
import { metricsRead } from './metricsRead.js'

/** A run: marbles, numbers of the one metric that the policy reads, rows, or a log. */
export type TestRun = string | ReadonlyArray<number | null> | ReadonlyArray<EpochRow> | TrainingLog

export interface RunPolicyOptions extends EpochsOptions, Pick<CurveOptions, 'values'> {
  /** whose values bare numbers are. Default: the one metric that the policy reads, or `val_loss` */
  readonly metric?: string
}

const metricOf = ({ spec }: Policy<never>): string => {
  const metrics = metricsRead(spec)
  if (metrics.length > 1)
    throw new TypeError(
      `runPolicy: '${label(spec)}' reads ${metrics.join(', ')}: give rows such as { ${metrics.map((name) => `${name}: 1`).join(', ')} }, or name the metric`,
    )
  return metrics[0] ?? 'val_loss'
}

const isLog = (run: TestRun): run is TrainingLog => typeof run === 'object' && 'events' in run

/** Bare numbers, where the first that isn't null is one. */
const isNumbers = (run: ReadonlyArray<number | null> | ReadonlyArray<EpochRow>): run is ReadonlyArray<number | null> =>
  run.length > 0 && run.every((value) => value === null || typeof value === 'number')

/** The run as a log. */
export const logOf = (policy: Policy<never>, run: TestRun, options: RunPolicyOptions): TrainingLog => {
  if (typeof run === 'string') return curve(run, { ...options, metric: options.metric ?? metricOf(policy) })
  if (isLog(run)) return run
  const { metric, values: _, ...epochs } = options
  if (!isNumbers(run)) return fromEpochs(run, epochs)
  const name = metric ?? metricOf(policy)
  return fromEpochs(
    run.map((value) => ({ [name]: value })),
    epochs,
  )
}

/**
 * What a policy decides on a run that is written down in the test: `replay`, for the impatient. Bare numbers and marbles
 * (see `curve`) are values of the one metric that the policy reads; where it reads several, a `TypeError` says which rows to give.
 * @category testing
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { runPolicy } from 'rxfit/testing'
 * runPolicy(earlyStopping({ patience: 1 }), [1, 0.8, 0.9]).outcome.stoppedEpoch // => 2
 * runPolicy(earlyStopping({ patience: 2 }), '3 2 2 2 1').outcome.stoppedEpoch // => 3
 */
export const runPolicy = <M extends string>(
  policy: Policy<M>,
  run: TestRun,
  options: RunPolicyOptions = {},
): Replay => {
  const machine = policy as unknown as Policy<never>
  const { learningRate } = options
  return replay(machine, logOf(machine, run, options), learningRate === undefined ? {} : { learningRate })
}
