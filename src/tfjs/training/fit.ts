import type * as tf from '@tensorflow/tfjs'
import * as v from 'valibot'
import { host } from '#host'
import { nearest } from '../../dsl/nearest.js'
import { count, flag, OptionError, parse, text } from '../../dsl/Options.js'
import type { Policy } from '../../dsl/Policy.js'
import type { Params } from '../../dsl/TrainingEvent.js'
import { attach, type Attachment, type AttachOptions, type AttachSettings } from './attach.js'
import { noPast, openBackups, type Backups, type EpochRow, type RunState } from '../checkpoints/backups.js'
import { inOrder, isDataset, type Tensors } from '../batches.js'
import { readCheckpoint, type Found } from '../checkpoints/checkpoint.js'
import { orderedDataset, orderedTensors, type Ordered } from './ordered.js'
import { drawSeed } from '../random.js'
import { mustBeSameRun, planOf, type Plan } from '../checkpoints/resuming.js'
import { seedSteps } from './seededSteps.js'
import { takeOver, tfjsValidatesWrongly, wantsTests } from './validation.js'
import { policyOf, wireOptionNames, wireOptionsOf, type Callbacks, type Deeds } from '../wire.js'

/** tfjs' own arguments, without `callbacks`: those are policies here. */
type FitArgs = Omit<tf.ModelFitArgs, 'callbacks' | 'shuffle'>
type FitDatasetArgs = Omit<tf.ModelFitDatasetArgs<tf.TensorContainer>, 'callbacks'>

interface WithCallbacks<C> extends AttachOptions {
  readonly callbacks?: C | undefined
  /**
   * folder to resume from: one of `backupAndRestore`, or a checkpoint that a policy saved. Where there is no backup yet training
   * begins at the beginning. Where no policy keeps backups, `fit` keeps them there, at the end of each epoch
   */
  readonly resume?: string
  /**
   * true: Ctrl-C and SIGTERM let the batch at hand finish, write a backup if they are kept, and end training in order, with the
   * reason 'interrupted'; a second one ends the process at once. Default: true where backups are kept. Node only
   */
  readonly interrupt?: boolean
  /** ends training likewise when it is aborted */
  readonly signal?: AbortSignal
}

interface Shuffled {
  /**
   * whether rows are put into another order for each epoch. With a seed (a whole number from 0) the order depends on the seed and the
   * epoch alone, and so do the random numbers of dropout and noise. Default true; where backups are kept a seed is drawn then
   */
  readonly shuffle?: boolean | { readonly seed: number }
}

/** Arguments of `fit` on tensors. */
export type FitOptions<M extends string = string> = FitArgs & Shuffled & WithCallbacks<Callbacks<M>>
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
export type FitResult = tf.History &
  Deeds & {
    /** whether it was ended from outside: Ctrl-C, a signal, an unsubscription */
    readonly interrupted: boolean
  }

type TheirArgs = FitArgs & FitDatasetArgs & { readonly shuffle?: boolean }
type AnyOptions = FitArgs & FitDatasetArgs & Shuffled & WithCallbacks<Callbacks>

/** Every option of tfjs' fit and fitDataset. tfjs ignores any other in silence: a mistyped `callbacks` would train without. */
const known = [
  ...['batchSize', 'epochs', 'verbose', 'shuffle', 'classWeight', 'sampleWeight', 'initialEpoch', 'yieldEvery'],
  ...['validationSplit', 'validationData', 'validationSteps', 'validationBatchSize', 'validationBatches'],
  ...['stepsPerEpoch', 'batchesPerEpoch'],
]
const ours = ['callbacks', 'otherCallbacks', 'resume', 'interrupt', 'signal', ...wireOptionNames]

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

const ownSchema = v.strictObject({
  resume: v.optional(text),
  interrupt: v.optional(flag),
  shuffle: v.optional(v.union([flag, v.strictObject({ seed: count })], 'must be true, false or { seed }')),
  signal: v.optional(
    v.custom<AbortSignal>(
      (x) => typeof (x as AbortSignal | undefined)?.addEventListener === 'function',
      'must be an AbortSignal',
    ),
  ),
})

interface Split {
  readonly settings: AttachOptions
  readonly policy: Policy<never>
  readonly theirs: TheirArgs
  readonly plan: Plan | undefined
  /** undefined: none was given */
  readonly seed: number | undefined
  readonly interrupt: boolean
  readonly signal: AbortSignal | undefined
}

/** Our options apart from those that tfjs gets. */
const splitOptions = (options: AnyOptions): Split => {
  const { callbacks, otherCallbacks, ...rest } = options
  const { resume, interrupt, shuffle, signal } = parse('fit', ownSchema, {
    ...{ resume: rest.resume, interrupt: rest.interrupt, shuffle: rest.shuffle, signal: rest.signal },
  })
  const mine = wireOptionsOf(rest)
  const { shuffle: _, ...others } = rest
  const theirs = Object.fromEntries(
    Object.entries(others).filter(([name]) => !isOurs(name)),
  ) as unknown as typeof others
  refuseStrangers(theirs)
  const [policy, plan] = planOf(policyOf(callbacks), resume, typeof mine.record === 'string' ? mine.record : undefined)
  return {
    settings: otherCallbacks === undefined ? mine : { ...mine, otherCallbacks },
    policy,
    theirs: { ...theirs, ...(shuffle !== undefined && { shuffle: shuffle !== false }) },
    plan,
    seed: typeof shuffle === 'object' ? shuffle.seed : undefined,
    interrupt: interrupt ?? plan?.backups !== undefined,
    signal,
  }
}

/** Where the options stand: behind a dataset, or behind x and y. */
export const optionsAt = ([x]: ReadonlyArray<unknown>): number => (isDataset(x) ? 1 : 2)

const defaultBatchSize = 32

/** What was trained before a resume comes first. */
const withPast = (history: tf.History, past: ReadonlyArray<EpochRow>): tf.History => {
  const columns = history.history as Record<string, Array<number>>
  for (const name of new Set(past.flatMap(({ logs }) => Object.keys(logs))))
    columns[name] = [
      ...past.flatMap(({ logs }) => (Object.hasOwn(logs, name) ? [logs[name] as number] : [])),
      ...(columns[name] ?? []),
    ]
  history.epoch = [...past.map(({ epoch }) => epoch), ...history.epoch]
  return history
}

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
  const { settings, policy, theirs, plan, seed: wanted, interrupt, signal } = splitOptions(given)
  // a fit on tensors needn't say how many
  const stated: Partial<TheirArgs> = theirs
  const { initialEpoch = 0, epochs = 1, shuffle = true } = stated
  // tfjs-node prints a progress bar of its own otherwise, which awaits a frame at every batch
  const quiet = Object.assign({}, theirs, { verbose: theirs.verbose ?? 0 })
  const y = isDataset(x) ? undefined : second
  // tfjs can neither begin in the middle of an epoch nor repeat an order: then the batches come from us
  const ordering = plan !== undefined || (wanted !== undefined && !isDataset(x))
  const data =
    ordering || wantsTests(policy, more.observe) || tfjsValidatesWrongly(model, x, quiet)
      ? takeOver(model, x, y, quiet)
      : { x, y, args: quiet, validation: undefined, dispose: () => undefined }
  const inRows = isDataset(x) || !shuffle
  let backups: Backups | undefined
  let ordered: Ordered | undefined
  let seed: number | null = wanted ?? null
  const attached = attach(model, policy, {
    ...settings,
    ...more,
    initialEpoch,
    validation: data.validation,
    rethrows: false,
    ...(ordering && { epochs, shape: () => shapeOf(ordered as Ordered), seed: () => ({ seed, inOrder: inRows }) }),
    ...(plan?.backups && { backups: () => backups as Backups }),
  })

  const order = (first: number): Ordered => {
    const { place } = attached
    if (isDataset(data.x)) {
      const warn = (message: string): void => {
        host.print(message, 'warning')
      }
      return orderedDataset(data.x, { batchesPerEpoch: data.args.batchesPerEpoch, first, place, warn })
    }
    const inputs = inOrder('fit: x', data.x, model.inputNames)
    const targets = inOrder('fit: y', data.y, model.outputNames)
    const { batchSize = defaultBatchSize } = data.args
    return orderedTensors(inputs, targets, { batchSize, seed: inRows || seed === null ? undefined : seed, place })
  }

  /** Has everything as it was where training goes on, if it does; gives the epochs that are left for tfjs. */
  const begin = async (): Promise<Partial<Pick<TheirArgs, 'initialEpoch' | 'epochs'>>> => {
    if (plan?.backups) backups = openBackups(plan.backups.dir, plan.backups)
    const found =
      (await backups?.find()) ?? (plan?.checkpoint === undefined ? undefined : await readCheckpoint(plan.checkpoint))
    const run = found?.run as unknown as RunState | undefined
    if (plan) seed = run?.seed ?? wanted ?? drawSeed()
    if (ordering) ordered = order(run?.params.initialEpoch ?? 0)
    if (found && ordered)
      mustBeSameRun(found, { model, policy, shape: shapeOf(ordered), seed: wanted, inOrder: inRows })
    const past = backups?.rewind(run && found) ?? noPast
    if (!found) return {}
    attached.resume({ found, run, past })
    host.print(goingOn(found, isDataset(x)), 'info')
    const over = found.batch === 0 && attached.isOver()
    return { initialEpoch: found.epoch, epochs: over ? found.epoch : epochs }
  }

  const train = async (): Promise<tf.History> => {
    const left = await begin()
    // a property of the optimizer: a fit leaves it as it was
    const unseed = seed === null ? undefined : seedSteps(model.optimizer, seed, attached.step)
    try {
      const rest = Object.assign({}, data.args, left, { callbacks: attached.hooks })
      if (!ordered)
        return isDataset(data.x)
          ? await model.fitDataset(data.x, rest)
          : await model.fit(data.x as tf.Tensor, data.y as tf.Tensor, rest)
      const { batchesPerEpoch: _, batchSize: __, shuffle: ___, ...fitting } = rest
      return await model.fitDataset(ordered.dataset, Object.assign({ epochs }, fitting))
    } finally {
      unseed?.()
    }
  }

  const run = async (): Promise<FitResult> => {
    let done = false
    const stop = (): void => {
      attached.stop('interrupted')
    }
    const release = interrupt ? host.onInterrupt(stop) : undefined
    signal?.addEventListener('abort', stop)
    try {
      signal?.throwIfAborted()
      const history = await train()
      const failure = attached.failure()
      if (failure) throw failure.error
      done = true
      const interrupted = attached.interrupted()
      if (plan?.backups?.discard && !interrupted && !attached.paused()) backups?.discard()
      const { decisions, remembered } = attached
      return Object.assign(withPast(history, attached.past()), { decisions, remembered, interrupted })
    } finally {
      // where something was thrown, no hook has told others, nor waited
      await attached.endOthers()
      await attached.drain()
      attached.close(!done)
      ordered?.dispose()
      data.dispose()
      backups?.close()
      signal?.removeEventListener('abort', stop)
      release?.()
    }
  }
  return { attached, run }
}

const shapeOf = ({ steps, samples, batchSize }: Ordered): Pick<Params, 'steps' | 'samples' | 'batchSize'> => ({
  ...{ steps, samples, batchSize },
})

/** Said once: where the run goes on, and what can't be promised of it. */
const goingOn = ({ path, epoch, batch }: Found, dataset: boolean): string => {
  const place = batch === 0 ? `epoch ${epoch + 1}` : `batch ${batch + 1} of epoch ${epoch + 1}`
  const unsure = dataset
    ? ' The data are a dataset: the rest of the run is the same bit for bit if it gives the same elements again, made anew (a shuffle with a seed).'
    : ''
  return `resume: goes on with ${place}, from ${path}.${unsure}`
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
