import type * as tf from '@tensorflow/tfjs'
import * as v from 'valibot'
import { host } from '#host'
import { missingFrom } from '../dsl/Metrics.js'
import { concatAll, isPolicy, type Policy } from '../dsl/Policy.js'
import { oneOf, parse, positive } from '../dsl/Options.js'
import type { Logs, Moment, Params, Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import type { Decision } from '../runtime/Decision.js'
import { drive, type FailureRules } from '../runtime/drive.js'
import { interpret, type Handlers, type LostRequest, type RememberedRow } from '../runtime/interpret.js'
import { preflight } from '../runtime/preflight.js'
import type { Lines } from '../sinks/Host.js'
import { outbox, type OutboxOptions } from '../sinks/outbox.js'
import { coverBatchEnd, type BatchEndHook } from './batchEnd.js'
import { modelWork } from './modelWork.js'
import { learningRateOf } from './optimizer.js'
import { takeIn, type Others, type TfjsCallbacks } from './others.js'

/** What `fit`, `fit$` and `toCallback` have in common. */
export interface AttachOptions {
  /** tfjs callbacks of your own (plain objects and instances in any mixture); called before the policies at each hook */
  readonly otherCallbacks?: TfjsCallbacks
  /** handlers for commands of your own, or in place of rxfit's */
  readonly handlers?: Partial<Handlers> & Readonly<Record<string, unknown>>
  /** what happens when a command fails */
  readonly failures?: FailureRules
  /** how `HttpPost` commands are sent: tries, time limits, length of the queue */
  readonly http?: OutboxOptions
  /** where every event and command is written, one JSON line each; a path, or a function that takes the lines */
  readonly record?: string | ((lines: string) => void)
  /** clock in milliseconds, for time rules and records. Default Date.now */
  readonly now?: () => number
}

/** Epochs' logs by the name they were remembered under. */
export type Remembered = Readonly<Record<string, ReadonlyArray<RememberedRow>>>

/** One run: the hooks that tfjs calls, and what there is to tell afterwards. */
export interface Attachment {
  readonly hooks: tf.CustomCallbackArgs
  readonly decisions: ReadonlyArray<Decision>
  readonly remembered: Remembered
  /** what must end the run; thrown after it, where throwing leaks nothing */
  readonly failure: () => { readonly error: unknown } | undefined
  readonly stop: (reason: string) => void
  /** waits, for a while, until what was to be sent is sent */
  readonly drain: () => Promise<void>
  /** gives back tensors and files; harmless twice */
  readonly close: () => void
}

export interface AttachSettings extends AttachOptions {
  /** 0-based number of the first epoch, where tfjs doesn't tell it */
  readonly initialEpoch?: number
  /** events to observe besides those that policies read */
  readonly observe?: ReadonlyArray<Tag>
  readonly onEvent?: (event: TrainingEvent) => void
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

/** A policy, or several as one. */
export const policyOf = (callbacks: Policy<never> | ReadonlyArray<Policy<never>> | undefined): Policy<never> => {
  if (callbacks === undefined) return concatAll<never>([])
  const list: ReadonlyArray<unknown> = Array.isArray(callbacks) ? (callbacks as ReadonlyArray<unknown>) : [callbacks]
  const stranger = list.findIndex((item) => !isPolicy(item))
  if (stranger >= 0)
    throw new TypeError(
      `callbacks${Array.isArray(callbacks) ? `[${stranger}]` : ''} is not a policy of rxfit; tfjs callbacks go to otherCallbacks`,
    )
  return Array.isArray(callbacks)
    ? concatAll<never>(callbacks as ReadonlyArray<Policy<never>>)
    : (callbacks as Policy<never>)
}

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

const failureSchema = v.strictObject({
  steering: v.optional(oneOf('fail', 'warn')),
  observing: v.optional(oneOf('switchOff', 'fail')),
  attempts: v.optional(positive),
})

const openRecord = (path: string): Lines => {
  try {
    return host.openLines(path)
  } catch (cause) {
    throw new Error(`record: can't write '${path}': ${(cause as Error).message}`, { cause })
  }
}

/** Sets a run up: one tfjs callback that turns hooks into events, and commands into what they ask of the model. */
export const attach = (model: tf.LayersModel, policy: Policy<never>, settings: AttachSettings): Attachment => {
  const { now = Date.now, record, onEvent, rethrows } = settings
  const failures = settings.failures && parse('failures', failureSchema, settings.failures)
  const others = takeIn(settings.otherCallbacks)
  const work = modelWork(model)
  const posts = outbox(settings.http, host.print)
  const remembered: Record<string, Array<RememberedRow>> = {}
  const outside: Array<string> = []
  let lines: Lines | undefined
  let failure: { readonly error: unknown } | undefined
  let stopping = false
  let [epoch, step] = [0, 0]
  let params: Params | undefined
  let lastLogs: Logs = {}

  /** Requests are sent in the background: where a loss is to fail the fit, it does when it is heard of. */
  const mayLose = ([lost]: ReadonlyArray<LostRequest>): void => {
    if (lost && failures?.observing === 'fail')
      throw new Error(`HttpPost, asked for by '${lost.by}', failed: ${lost.message}`)
  }
  const drain = (): Promise<void> => posts.drain().then(mayLose).catch(fail)
  const stop = (): void => {
    stopping = true
    model.stopTraining = true
  }
  const handlers: Handlers = {
    ...interpret({
      ...work.can,
      stop,
      post: (request) => {
        const lost = posts.post(request)
        mayLose(lost)
        return lost
      },
      append: host.append,
      remember: (name, row) => (remembered[name] ??= []).push(row),
      print: host.print,
      progress: host.progress,
    }),
    ...Object.fromEntries(Object.entries(settings.handlers ?? {}).filter(([, handler]) => handler !== undefined)),
  }
  const write = (text: string): void => {
    if (typeof record === 'function') record(text)
    else if (record !== undefined) (lines ??= openRecord(record)).write(text)
  }
  const driver = drive(policy, {
    handlers,
    ...(failures && { failures: failures as FailureRules }),
    ...(record !== undefined && { record: write }),
    ...(onEvent && { onEvent }),
    warn: (message) => {
      host.print(message, 'warning')
    },
  })

  const moment = (batch: number | null): Moment => ({
    epoch,
    batch,
    step,
    at: now(),
    lr: learningRateOf(model.optimizer),
  })

  /** A throw inside a batch hook leaks tfjs' tensors; so training is stopped instead, and the error comes out later. */
  const fail = (error: unknown): void => {
    failure ??= { error }
    stop()
  }
  /** Gives a promise only where there is something to wait for: quiet batches cost next to nothing. */
  const handle = (event: TrainingEvent): Promise<void> | undefined => {
    try {
      return driver.handle(event)?.catch(fail)
    } catch (error) {
      fail(error)
      return undefined
    }
  }
  /** Other people's hooks first: they may add to the logs that the event is then made of. */
  const hook = (
    name: Parameters<typeof others.call>[0],
    args: ReadonlyArray<unknown>,
    event: () => TrainingEvent,
  ): Promise<void> | undefined => {
    if (failure) return undefined
    if (others.none) return handle(event())
    return others.call(name, ...args).then(() => handle(event()), fail)
  }
  /** Why training ends before its last epoch, if it does: the policies' reasons, a caller's, or another callback's doing. */
  const endReason = (): string | undefined => {
    const asked = driver.decisions.flatMap(({ command }) => (command._tag === 'StopTraining' ? [command.reason] : []))
    if (stopping) return [...new Set([...asked, ...outside])].join('; ')
    return model.stopTraining ? 'another callback stopped it' : undefined
  }
  const throwFailure = (): void => {
    if (!failure) return
    // no hook follows a throw: where nobody looks after the fit, this is the last chance to clean up
    if (rethrows) close()
    throw failure.error
  }

  const names = hooksFor(policy, others, settings.observe)
  const batchEnd: BatchEndHook = wantsBatches(policy, others, settings.observe).ends
    ? {
        read: (batch, size, measured) => {
          step += 1
          const shared = others.none ? undefined : { batch, size, ...measured }
          return hook('onBatchEnd', [batch, shared], () => ({
            _tag: 'BatchEnd',
            epoch,
            batch,
            step,
            at: now(),
            lr: learningRateOf(model.optimizer),
            logs: shared === undefined ? measured : numbersIn(shared),
          }))
        },
      }
    : { count: () => void (step += 1) }

  const hooks: Required<Pick<tf.CustomCallbackArgs, HookName>> = {
    // a function, for tfjs gives the run's parameters on `this`
    async onTrainBegin(this: unknown, logs) {
      const given = (this as { readonly params?: TfjsParams } | undefined)?.params
      if (!given) throw new TypeError('these hooks are for tfjs to call: give them to model.fit, not to otherCallbacks')
      params = paramsOf(given, settings.initialEpoch)
      epoch = params.initialEpoch
      // a resumed run goes on counting where it would be
      step = params.initialEpoch * (params.steps ?? 0)
      // another callback may add metrics that tfjs doesn't know of; then only their absence at an epoch's end tells
      preflight(policy, others.none ? params.metrics : undefined, 'by this model', params.initialEpoch)
      work.check(policy.spec)
      learningRateOf(model.optimizer)
      coverBatchEnd(this as object, batchEnd)
      others.begin(given, model)
      const begun = params
      await hook('onTrainBegin', [logs], () => ({ _tag: 'TrainBegin', ...moment(null), logs: {}, params: begun }))
      throwFailure()
    },
    async onEpochBegin(index, logs) {
      epoch = index
      work.beginEpoch(params)
      // tfjs forgets a stop that was asked for before the first epoch
      if (stopping) model.stopTraining = true
      await hook('onEpochBegin', [index, logs], () => ({ _tag: 'EpochBegin', ...moment(null), logs: {} }))
      throwFailure()
    },
    async onEpochEnd(index, logs) {
      work.endEpoch()
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
      await driver.finish()
      await drain()
      if (!rethrows) return
      // an unsynced history holds tensors that a throw would leave behind
      if (failure)
        await (
          model as unknown as { readonly history?: { readonly syncData: () => Promise<void> } }
        ).history?.syncData()
      throwFailure()
      close()
    },
  }
  const close = (): void => {
    work.close()
    posts.close()
    lines?.close()
    lines = undefined
    host.endProgress()
  }
  return {
    hooks: Object.fromEntries(names.map((name) => [name, hooks[name]])),
    decisions: driver.decisions,
    remembered,
    failure: () => failure,
    stop: (reason) => {
      outside.push(reason)
      stop()
    },
    drain,
    close,
  }
}
