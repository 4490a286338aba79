import type * as tf from '@tensorflow/tfjs'
import { nearest } from '../dsl/nearest.js'
import { OptionError } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { attach, type Attachment, type AttachOptions, type AttachSettings } from './attach.js'
import { isDataset, type Tensors } from './batches.js'
import { takeOver, tfjsValidatesWrongly, wantsTests, type TakenOver } from './validation.js'
import { policyOf, wireOptionNames, wireOptionsOf, type Callbacks, type Deeds } from './wire.js'

/** tfjs' own arguments, without `callbacks`: those are policies here. */
type FitArgs = Omit<tf.ModelFitArgs, 'callbacks'>
type FitDatasetArgs = Omit<tf.ModelFitDatasetArgs<tf.TensorContainer>, 'callbacks'>

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
export type FitResult = tf.History & Deeds

type AnyOptions = FitArgs & FitDatasetArgs & WithCallbacks<Callbacks>

/** Every option of tfjs' fit and fitDataset. tfjs ignores any other in silence: a mistyped `callbacks` would train without. */
const known = [
  ...['batchSize', 'epochs', 'verbose', 'shuffle', 'classWeight', 'sampleWeight', 'initialEpoch', 'yieldEvery'],
  ...['validationSplit', 'validationData', 'validationSteps', 'validationBatchSize', 'validationBatches'],
  ...['stepsPerEpoch', 'batchesPerEpoch'],
]
const ours = ['callbacks', 'otherCallbacks', ...wireOptionNames]

const isOurs = (option: string): boolean => (ours as ReadonlyArray<string>).includes(option)

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
  const { callbacks, otherCallbacks, ...rest } = options
  const mine = wireOptionsOf(rest)
  const theirs = Object.fromEntries(Object.entries(rest).filter(([name]) => !isOurs(name)))
  refuseStrangers(theirs)
  const policy = policyOf(callbacks)
  return [otherCallbacks === undefined ? mine : { ...mine, otherCallbacks }, policy, theirs as unknown as AnyOptions]
}

/** Trains with policies attached, and detaches them whatever happens. */
const train = async (
  attached: Attachment,
  model: tf.LayersModel,
  { x, y, args, dispose }: TakenOver<FitArgs & FitDatasetArgs>,
): Promise<FitResult> => {
  let done = false
  try {
    const history = isDataset(x)
      ? await model.fitDataset(x, { ...args, callbacks: attached.hooks })
      : await model.fit(x as tf.Tensor, y as tf.Tensor, { ...args, callbacks: attached.hooks })
    const failure = attached.failure()
    if (failure) throw failure.error
    done = true
    return Object.assign(history, { decisions: attached.decisions, remembered: attached.remembered })
  } finally {
    await attached.endOthers()
    // where something was thrown, no hook has waited
    await attached.drain()
    attached.close(!done)
    dispose()
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
  // tfjs-node prints a progress bar of its own otherwise, which awaits a frame at every batch
  const quiet = Object.assign({}, theirs, { verbose: theirs.verbose ?? 0 })
  const y = isDataset(x) ? undefined : second
  const data =
    wantsTests(policy, more.observe) || tfjsValidatesWrongly(model, x, quiet)
      ? takeOver(model, x, y, quiet)
      : { x, y, args: quiet, validation: undefined, dispose: () => undefined }
  const { validation } = data
  const attached = attach(model, policy, { ...mine, ...more, initialEpoch, validation, rethrows: false })
  return { attached, run: () => train(attached, model, data) }
}

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
