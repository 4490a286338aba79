import type * as tf from '@tensorflow/tfjs'
import { missingFrom } from '../dsl/Metrics.js'
import type { Policy } from '../dsl/Policy.js'
import { wants } from '../dsl/Spec.js'
import type { Logs, Moment, Params, Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import type { Batches } from './batches.js'
import { coverBatchEnd, type BatchEndHook } from './batchEnd.js'
import { learningRateOf } from './optimizer.js'
import { takeIn, type Others, type TfjsCallbacks } from './others.js'
import { modelTarget } from './Target.js'
import { walkTest } from './walkTest.js'
import { inspect, wire, type Deeds, type WireOptions } from './wire.js'

/** What `fit`, `fit$` and `toCallback` have in common. */
export interface AttachOptions extends WireOptions {
  /** tfjs callbacks of your own (plain objects and instances in any mixture); called before the policies at each hook */
  readonly otherCallbacks?: TfjsCallbacks
}

/** One run: the hooks that tfjs calls, and what there is to tell afterwards. */
export interface Attachment extends Deeds {
  readonly hooks: tf.CustomCallbackArgs
  /** what must end the run; thrown after it, where throwing leaks nothing */
  readonly failure: () => { readonly error: unknown } | undefined
  readonly stop: (reason: string) => void
  /** after a run that tfjs ended without a word: others hear of it */
  readonly endOthers: () => Promise<void>
  /** waits, for a while, until what was to be sent is sent */
  readonly drain: () => Promise<void>
  /** gives back tensors and files; harmless twice */
  readonly close: (failed?: boolean) => void
}

export interface AttachSettings extends AttachOptions {
  /** 0-based number of the first epoch, where tfjs doesn't tell it */
  readonly initialEpoch?: number
  /** events to observe besides those that policies read */
  readonly observe?: ReadonlyArray<Tag>
  readonly onEvent?: (event: TrainingEvent) => void
  /** data to validate on at the end of each epoch, where tfjs doesn't do it */
  readonly validation?: Batches | undefined
  /** false: nobody will look at `failure()`, so an error must come out of a hook */
  readonly rethrows: boolean
}

/** What tfjs tells a callback of a run. */
interface TfjsParams {
  readonly epochs: number
  readonly initialEpoch: number | null
  readonly samples: number | null
  readonly steps: number | null
  readonly batchSize: number | null
  readonly metrics: ReadonlyArray<string>
}

/** tfjs leaves out the first epoch for datasets, and the steps for tensors. */
const paramsOf = ({ epochs, initialEpoch, steps, samples, batchSize, metrics }: TfjsParams, first = 0): Params => ({
  epochs,
  initialEpoch: initialEpoch ?? first,
  steps: steps ?? (samples !== null && batchSize !== null ? Math.ceil(samples / batchSize) : null),
  samples: samples ?? null,
  batchSize: batchSize ?? null,
  metrics: [...metrics],
})

/** Other callbacks may have left anything in the logs. */
const numbersIn = (logs: tf.Logs | undefined): Logs =>
  Object.fromEntries(
    Object.entries(logs ?? {}).filter(
      ([name, value]) => typeof value === 'number' && name !== 'batch' && name !== 'size',
    ),
  )

const withValidation = (metrics: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...metrics,
  ...metrics.map((name) => `val_${name}`),
]

type HookName = 'onTrainBegin' | 'onEpochBegin' | 'onBatchBegin' | 'onEpochEnd' | 'onTrainEnd' | 'onYield'

/** Whether anybody wants to hear of batches beginning, or of their ends. They cost a little: only then are they told. */
const wantsBatches = (policy: Policy<never>, others: Others, observe: ReadonlyArray<Tag> = []) => {
  const reads = (tag: Tag): boolean => policy.spec.events.includes(tag) || observe.includes(tag)
  return {
    begins: reads('BatchBegin') || others.has('onBatchBegin'),
    ends: reads('BatchEnd') || others.has('onBatchEnd'),
  }
}

/** The hooks that a run needs, apart from the end of a batch, which is put in place when training begins. */
export const hooksFor = (
  policy: Policy<never>,
  others: Others,
  observe?: ReadonlyArray<Tag>,
): ReadonlyArray<HookName> => [
  'onTrainBegin',
  'onEpochBegin',
  ...(wantsBatches(policy, others, observe).begins ? (['onBatchBegin'] as const) : []),
  'onEpochEnd',
  'onTrainEnd',
  ...(others.has('onYield') ? (['onYield'] as const) : []),
]

/** Sets a run up: one tfjs callback that turns hooks into events, and commands into what they ask of the model. */
export const attach = (model: tf.LayersModel, policy: Policy<never>, settings: AttachSettings): Attachment => {
  const { rethrows, validation, observe = [] } = settings
  const others = takeIn(settings.otherCallbacks)
  const wired = wire(modelTarget(model), policy, {
    ...settings,
    onStop: () => {
      model.stopTraining = true
    },
  })
  const { now, handle, fail, failure, finish, close } = wired
  let [epoch, step, seen] = [0, 0, 0]
  /** others have heard training begin, and not yet end */
  let begun = false
  let params: Params | undefined
  let lastLogs: Logs = {}

  const moment = (batch: number | null): Moment => ({
    epoch,
    batch,
    step,
    at: now(),
    lr: learningRateOf(model.optimizer),
  })

  /** Other people's hooks first: they may add to the logs that the event is then made of. */
  const hook = (
    name: Parameters<typeof others.call>[0],
    args: ReadonlyArray<unknown>,
    event: () => TrainingEvent,
  ): Promise<void> | undefined => {
    if (failure()) return name === 'onTrainEnd' ? endOthers(args) : undefined
    if (others.none) return handle(event())
    if (name === 'onTrainEnd') return endOthers(args).then(() => handle(event()))
    return others.call(name, ...args).then(() => handle(event()), fail)
  }
  /** Whatever happened, whoever heard training begin hears it end, once: theirs is the time to give things back. */
  const endOthers = async (args: ReadonlyArray<unknown>): Promise<void> => {
    if (!begun) return
    begun = false
    await others.callAll('onTrainEnd', ...args).catch(fail)
  }
  /** Why training ends before its last epoch, if it does: the policies' reasons, a caller's, or another callback's doing. */
  const endReason = (): string | undefined =>
    wired.stopping() ? wired.reason() : model.stopTraining ? 'another callback stopped it' : undefined
  const throwFailure = (): void => {
    const failed = failure()
    if (!failed) return
    // no hook follows a throw: where nobody looks after the fit, this is the last chance to clean up
    if (rethrows) close()
    throw failed.error
  }
  const hears = (tag: Tag): boolean => policy.spec.events.includes(tag) || observe.includes(tag)
  /** As in tfjs an epoch that was cut short isn't validated. */
  const isWhole = (): boolean =>
    params?.steps === null || params === undefined ? seen > 0 && !model.stopTraining : seen === params.steps
  /** Validates, and adds the results to the logs that tfjs' History will see. */
  const validate = async (batches: Batches, logs: Record<string, unknown>): Promise<void> => {
    const means = await walkTest(model, batches, {
      // a stop ends training after this epoch: its validation is seen through
      stopped: () => failure() !== undefined,
      fire: (tag, batch, measured) =>
        failure() !== undefined || (tag.startsWith('TestBatch') && !hears(tag))
          ? undefined
          : handle({ _tag: tag, ...moment(batch), logs: measured }),
    })
    for (const [name, mean] of Object.entries(means)) logs[`val_${name}`] = mean
  }

  const advance = (): void => {
    step += 1
    seen += 1
  }
  /** Lets policies measure what they want to, and adds the results likewise. */
  const measure = async (logs: Record<string, unknown>): Promise<void> => {
    if (wants(policy.spec, 'Evaluating'))
      await handle({ _tag: 'Evaluating', ...moment(null), logs: numbersIn(logs as tf.Logs) })
    Object.assign(logs, wired.takeMeasured())
  }
  const names = hooksFor(policy, others, observe)
  const batchEnd: BatchEndHook = wantsBatches(policy, others, observe).ends
    ? {
        read: (batch, size, measured) => {
          advance()
          const shared = others.none ? undefined : { batch, size, ...measured }
          return hook('onBatchEnd', [batch, shared], () => ({
            _tag: 'BatchEnd',
            epoch,
            batch,
            step,
            at: now(),
            size,
            lr: learningRateOf(model.optimizer),
            logs: shared === undefined ? measured : numbersIn(shared),
          }))
        },
      }
    : { count: advance }

  const hooks: Required<Pick<tf.CustomCallbackArgs, HookName>> = {
    // a function, for tfjs gives the run's parameters on `this`
    async onTrainBegin(this: unknown, logs) {
      const told = (this as { readonly params?: TfjsParams } | undefined)?.params
      if (!told) throw new TypeError('these hooks are for tfjs to call: give them to model.fit, not to otherCallbacks')
      const reported = validation ? withValidation(told.metrics) : told.metrics
      const given = { ...told, metrics: [...reported, ...wired.target.provides(policy.spec)] }
      params = paramsOf(given, settings.initialEpoch)
      epoch = params.initialEpoch
      // a resumed run goes on counting where it would be
      step = params.initialEpoch * (params.steps ?? 0)
      // another callback may add metrics that tfjs doesn't know of; then only their absence at an epoch's end tells
      const { epochs, initialEpoch, steps, metrics } = params
      const known = { epochs, initialEpoch, ...(steps !== null && { steps }), ...(others.none && { metrics }) }
      inspect(policy, { ...known, learningRate: learningRateOf(model.optimizer) }, 'by this model', settings.lint)
      wired.target.check(policy.spec)
      coverBatchEnd(this as object, batchEnd)
      others.begin(given, model)
      begun = true
      const planned = params
      await hook('onTrainBegin', [logs], () => ({ _tag: 'TrainBegin', ...moment(null), logs: {}, params: planned }))
      throwFailure()
    },
    async onEpochBegin(index, logs) {
      epoch = index
      seen = 0
      wired.target.beginEpoch(params)
      // tfjs forgets a stop that was asked for before the first epoch
      if (wired.stopping()) model.stopTraining = true
      await hook('onEpochBegin', [index, logs], () => ({ _tag: 'EpochBegin', ...moment(null), logs: {} }))
      throwFailure()
    },
    async onEpochEnd(index, logs) {
      wired.target.endEpoch()
      if (logs && !failure()) {
        if (validation && isWhole()) await validate(validation, logs).catch(fail)
        await measure(logs)
      }
      await hook('onEpochEnd', [index, logs], () => {
        lastLogs = numbersIn(logs)
        const missing = missingFrom(params?.metrics ?? [], lastLogs)
        return { _tag: 'EpochEnd', ...moment(null), logs: lastLogs, ...(missing.length > 0 && { missing }) }
      })
      if (rethrows) throwFailure()
    },
    onBatchBegin: (batch, logs) =>
      hook('onBatchBegin', [batch, logs], () => ({ _tag: 'BatchBegin', ...moment(batch), logs: {} })),
    onYield: (index, batch, logs) => others.call('onYield', index, batch, logs).catch(fail),
    async onTrainEnd(logs) {
      await hook('onTrainEnd', [logs], () => {
        const reason = endReason()
        return { _tag: 'TrainEnd', ...moment(null), logs: lastLogs, ...(reason !== undefined && { reason }) }
      })
      await finish()
      if (!rethrows) return
      // an unsynced history holds tensors that a throw would leave behind
      if (failure())
        await (
          model as unknown as { readonly history?: { readonly syncData: () => Promise<void> } }
        ).history?.syncData()
      throwFailure()
      close()
    },
  }
  return {
    hooks: Object.fromEntries(names.map((name) => [name, hooks[name]])),
    decisions: wired.decisions,
    remembered: wired.remembered,
    failure,
    stop: wired.stop,
    endOthers: () => endOthers([undefined]),
    drain: wired.drain,
    close,
  }
}
