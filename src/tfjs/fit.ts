import type * as tf from '@tensorflow/tfjs'
import { nearest } from '../dsl/nearest.js'
import { OptionError } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import type { Decision } from '../runtime/Decision.js'
import {
  attach,
  policyOf,
  type Remembered,
  type Attachment,
  type AttachOptions,
  type AttachSettings,
} from './attach.js'

/** tfjs' own arguments, without `callbacks`: those are policies here. */
type FitArgs = Omit<tf.ModelFitArgs, 'callbacks'>
type FitDatasetArgs = Omit<tf.ModelFitDatasetArgs<tf.TensorContainer>, 'callbacks'>

/** Policies, as one or as a list. */
export type Callbacks<M extends string = string> = Policy<M> | ReadonlyArray<Policy<M>>

interface WithCallbacks<C> extends AttachOptions {
  readonly callbacks?: C | undefined
}

/** Arguments of `fit` on tensors. */
export type FitOptions<M extends string = string> = FitArgs & WithCallbacks<Callbacks<M>>
/** Arguments of `fit` on a dataset. */
export type FitDatasetOptions<M extends string = string> = FitDatasetArgs & WithCallbacks<Callbacks<M>>

/** What the compiler says where a policy needs `val_…` and there is no validation. */
export interface NeedsValidation<M extends string> {
  readonly 'this policy reads a val_ metric: give validationData or validationSplit': M
}

/**
 * Refuses, at compile time, policies that need `val_*` metrics in a fit without validation data. Names known only at run time
 * pass; the check before the first batch sees them.
 */
export type Checked<M extends string, O> = [Extract<M, `val_${string}`>] extends [never]
  ? unknown
  : [Extract<keyof O, 'validationData' | 'validationSplit'>] extends [never]
    ? NeedsValidation<Extract<M, `val_${string}`>>
    : unknown

/** tfjs' History, and what the policies did. */
export type FitResult = tf.History & {
  /** every command that steered training, with its author and grounds */
  readonly decisions: ReadonlyArray<Decision>
  /** what `history()` and other `Remember` commands kept */
  readonly remembered: Remembered
}

type Dataset = Parameters<tf.LayersModel['fitDataset']>[0]

const isDataset = (x: unknown): x is Dataset =>
  typeof x === 'object' && x !== null && typeof (x as { readonly iterator?: unknown }).iterator === 'function'

type AnyOptions = FitArgs & FitDatasetArgs & WithCallbacks<Policy<never> | ReadonlyArray<Policy<never>>>

/** Every option of tfjs' fit and fitDataset. tfjs ignores any other in silence: a mistyped `callbacks` would train without. */
const known = [
  ...['batchSize', 'epochs', 'verbose', 'shuffle', 'classWeight', 'sampleWeight', 'initialEpoch', 'yieldEvery'],
  ...['validationSplit', 'validationData', 'validationSteps', 'validationBatchSize', 'validationBatches'],
  ...['stepsPerEpoch', 'batchesPerEpoch'],
]
const ours = ['callbacks', 'otherCallbacks', 'handlers', 'failures', 'http', 'record', 'now']

const refuseStrangers = (theirs: object): void => {
  const problems = Object.keys(theirs)
    .filter((option) => !known.includes(option))
    .map((option) => {
      const guess = nearest(option, [...ours, ...known])
      return { path: `fit.${option}`, message: `unknown option${guess ? ` (did you mean '${guess}'?)` : ''}` }
    })
  if (problems.length > 0) throw new OptionError(problems)
}

/** Our options apart from those that tfjs gets. */
const splitOptions = (
  options: AnyOptions,
): readonly [ours: AttachOptions, policy: Policy<never>, theirs: FitArgs & FitDatasetArgs] => {
  const { callbacks, otherCallbacks, handlers, failures, http, record, now, ...theirs } = options
  refuseStrangers(theirs)
  const mine: AttachOptions = {
    ...(otherCallbacks !== undefined && { otherCallbacks }),
    ...(handlers && { handlers }),
    ...(failures && { failures }),
    ...(http && { http }),
    ...(record !== undefined && { record }),
    ...(now && { now }),
  }
  return [mine, policyOf(callbacks), theirs]
}

/** Trains with policies attached, and detaches them whatever happens. */
const train = async (
  attached: Attachment,
  model: tf.LayersModel,
  x: unknown,
  y: unknown,
  theirs: FitArgs & FitDatasetArgs,
): Promise<FitResult> => {
  try {
    const history = isDataset(x)
      ? await model.fitDataset(x, { ...theirs, callbacks: attached.hooks })
      : await model.fit(x as tf.Tensor, y as tf.Tensor, { ...theirs, callbacks: attached.hooks })
    const failure = attached.failure()
    if (failure) throw failure.error
    return Object.assign(history, { decisions: attached.decisions, remembered: attached.remembered })
  } finally {
    // where something was thrown, no hook has waited
    await attached.drain()
    attached.close()
  }
}

/** Where the options stand: behind a dataset, or behind x and y. */
export const optionsAt = ([x]: ReadonlyArray<unknown>): number => (isDataset(x) ? 1 : 2)

/** Attaches the policies in these arguments of `fit`, and gives the run to start. */
export const prepare = (
  model: tf.LayersModel,
  args: ReadonlyArray<unknown>,
  more: Pick<AttachSettings, 'observe' | 'onEvent'> = {},
): { readonly attached: Attachment; readonly run: () => Promise<FitResult> } => {
  const [x, second] = args
  const given = (args[optionsAt(args)] ?? {}) as AnyOptions
  if (typeof (model as { readonly fit?: unknown } | undefined)?.fit !== 'function')
    throw new TypeError(`fit: the first argument must be a model of TensorFlow.js, got ${typeof model}`)
  const [mine, policy, theirs] = splitOptions(given)
  const { initialEpoch = 0 } = theirs
  const attached = attach(model, policy, { ...mine, ...more, initialEpoch, rethrows: false })
  // tfjs-node prints a progress bar of its own otherwise, which awaits a frame at every batch
  const quiet = Object.assign({}, theirs, { verbose: theirs.verbose ?? 0 })
  return { attached, run: () => train(attached, model, x, isDataset(x) ? undefined : second, quiet) }
}

type Tensors = tf.Tensor | Array<tf.Tensor> | { [input: string]: tf.Tensor }

/**
 * Trains a model under policies: `model.fit`, or `model.fitDataset` where `x` is a dataset, with all of its arguments and
 * `callbacks` made of rxfit's values. Resolves with tfjs' History and the decisions.
 *
 * Before the first batch it checks that every metric is one that the model reports, that no two policies set the learning
 * rate, and that the optimizer is known. Commands are awaited in order between tfjs' hooks. A policy that throws, or a command
 * that steers training and fails, rejects with the policy's name; one that only observes is retried, then switched off with
 * one warning. No tensor is left behind, whatever happens.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { earlyStopping } from 'rxfit'
 * import { fit } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
 * model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0) })
 * const result = await fit(model, tf.ones([4, 1]), tf.zeros([4, 1]), {
 *   epochs: 10,
 *   callbacks: earlyStopping({ monitor: 'loss', patience: 2 }),
 * })
 * result.epoch.length // => 3
 * result.decisions[0]?.command // => { _tag: 'StopTraining', reason: 'loss has not improved for 2 epochs' }
 */
export function fit<const M extends string, O extends FitOptions<M>>(
  model: tf.LayersModel,
  x: Tensors,
  y: Tensors,
  options?: O & WithCallbacks<Callbacks<M>> & Checked<M, O>,
): Promise<FitResult>
export function fit<const M extends string, O extends FitDatasetOptions<M>>(
  model: tf.LayersModel,
  dataset: tf.data.Dataset<tf.TensorContainer>,
  options?: O & WithCallbacks<Callbacks<M>> & Checked<M, O>,
): Promise<FitResult>
export async function fit(model: tf.LayersModel, ...args: ReadonlyArray<unknown>): Promise<FitResult> {
  return prepare(model, args).run()
}
