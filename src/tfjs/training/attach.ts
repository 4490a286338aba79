import type * as tf from '@tensorflow/tfjs'
import { host } from '#host'
import { decodeJson, encodeJson } from '../../dsl/Json.js'
import { missingFrom } from '../../dsl/Metrics.js'
import type { Policy } from '../../dsl/Policy.js'
import { wants } from '../../dsl/Spec.js'
import type { Logs, Moment, Params, Tag, TrainingEvent } from '../../dsl/TrainingEvent.js'
import type { Batches } from '../batches.js'
import {
  runInfo,
  type Backups,
  type Entry,
  type EpochRow,
  type Resumption,
  type RunState,
} from '../checkpoints/backups.js'
import { coverBatchEnd, type BatchEndHook } from './batchEnd.js'
import { means } from './means.js'
import { learningRateOf } from '../optimizer.js'
import type { Place } from './ordered.js'
import { takeIn, type Others, type TfjsCallbacks } from '../others.js'
import { modelTarget } from '../Target.js'
import { walkTest } from '../evaluation/testEvents.js'
import { inspect, wire, type Deeds, type WireOptions } from '../wire.js'

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
  /** ends training after the batch at hand; where backups are kept, with one to go on from */
  readonly stop: (reason: string) => void
  /** after a run that tfjs ended without a word: others hear of it */
  readonly endOthers: () => Promise<void>
  /** goes on from a backup or a checkpoint; to be called before training begins */
  readonly resume: (from: Resumption) => void
  /** where training stands */
  readonly place: () => Place
  /** batches that have ended, over all epochs */
  readonly step: () => number
  /** whether a policy has left the epochs that remain to another process */
  readonly paused: () => boolean
  /** whether somebody outside has ended training */
  readonly interrupted: () => boolean
  /** the policies' own reason to train no further epoch, from the beginning on */
  readonly isOver: () => boolean
  /** the epochs that had ended before a resume */
  readonly past: () => ReadonlyArray<EpochRow>
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
  /** what the data are like, where tfjs can't tell */
  readonly shape?: () => Pick<Params, 'steps' | 'samples' | 'batchSize'>
  /** epochs planned, where tfjs is told of fewer: training has ended, and only its end is left to do */
  readonly epochs?: number
  /** where this run keeps its backups */
  readonly backups?: () => Keeper
  /** of the rows' order and of random layers */
  readonly seed?: () => Pick<RunState, 'seed' | 'inOrder'>
  /** false: nobody will look at `failure()`, so an error must come out of a hook */
  readonly rethrows: boolean
}

/** What attaching needs of a run's backups. */
export type Keeper = Pick<Backups, 'append' | 'write' | 'touch'>

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
  const { rethrows, validation, observe = [], backups } = settings
  const others = takeIn(settings.otherCallbacks)
  const wired = wire(modelTarget(model), policy, {
    ...settings,
    onStop: () => {
      model.stopTraining = true
    },
    ...(backups && {
      touch: (path) => {
        backups().touch(path)
      },
      onBackUp: () => {
        due = true
      },
    }),
  })
  const { now, handle, fail, failure, finish, close } = wired
  let [epoch, step, seen] = [0, 0, 0]
  /** others have heard training begin, and not yet end */
  let begun = false
  let params: Params | undefined
  let lastLogs: Logs = {}
  let resumed: Resumption | undefined
  /** batches of the first epoch that were trained before a resume */
  let offset = 0
  /** another callback stopped training before a resume */
  let stoppedByStranger = false
  const tally = means()
  const epochs: Array<EpochRow> = []
  /** a policy has asked for a backup, or somebody outside to end */
  let [due, interrupted] = [false, false]
  /** step of the last backup in the middle of an epoch */
  let saved: number | undefined
  /** how much of what happened is in the backups' log */
  const logged = { epochs: 0, decisions: 0, remembered: new Map<string, number>() }

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
    wired.stopping()
      ? wired.reason()
      : model.stopTraining || stoppedByStranger
        ? 'another callback stopped it'
        : undefined
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
  /** What happened since the last backup. */
  const news = (): ReadonlyArray<Entry> => [
    ...epochs.slice(logged.epochs),
    ...wired.decisions.slice(logged.decisions).map((decision) => ({ decision })),
    ...Object.entries(wired.remembered).flatMap(([remember, rows]) =>
      rows.slice(logged.remembered.get(remember) ?? 0).map((row) => ({ remember, row })),
    ),
  ]
  const countLogged = (): void => {
    logged.epochs = epochs.length
    logged.decisions = wired.decisions.length
    for (const [name, rows] of Object.entries(wired.remembered)) logged.remembered.set(name, rows.length)
  }
  /** Writes a backup; `ended`: the epoch is over, with all that policies did at its end. */
  const backUp = async (ended: boolean): Promise<void> => {
    if (!backups || !params) return
    due = false
    const keeper = backups()
    const log = keeper.append(news())
    countLogged()
    saved = ended ? undefined : step
    const own = params
    const place = { epoch: ended ? epoch + 1 : epoch, batch: ended ? 0 : seen, step }
    const stranger = !wired.stopping() && model.stopTraining
    await keeper.write((path, files) =>
      wired.saveCheckpoint(path, place, (wire) =>
        runInfo({
          ...{ wire, params: own, current: epoch, log, files },
          ...(settings.seed?.() ?? { seed: null, inOrder: false }),
          lastLogs: encodeJson(lastLogs) as RunState['lastLogs'],
          ...(ended ? { totals: {}, rows: 0 } : tally.state()),
          stopped: wire.stopped ? 'policy' : stranger ? 'stranger' : null,
        }),
      ),
    )
  }
  /** A moment at which nothing is half done: backups that were asked for are written. */
  const boundary = async (ended: boolean): Promise<void> => {
    if (failure() || !(due || (backups && (interrupted || (ended && wired.paused()))))) return
    try {
      await backUp(ended)
    } catch (error) {
      const message = `backupAndRestore: no backup could be written at step ${step}: ${(error as Error).message}`
      if (settings.failures?.steering !== 'warn') fail(new Error(message, { cause: error }))
      else host.print(`${message}. Training goes on.`, 'warning')
    }
  }
  /** Somebody outside has ended training in the middle of this epoch: its end is not the one that it will have. */
  const isCut = (): boolean => interrupted && !wired.decided() && !isWhole()
  /** Lets policies measure what they want to, and adds the results likewise. */
  const measure = async (logs: Record<string, unknown>): Promise<void> => {
    if (wants(policy.spec, 'Evaluating'))
      await handle({ _tag: 'Evaluating', ...moment(null), logs: numbersIn(logs as tf.Logs) })
    Object.assign(logs, wired.takeMeasured())
  }
  const names = hooksFor(policy, others, observe)
  const { ends: batchesWanted } = wantsBatches(policy, others, observe)
  const batchEnd: BatchEndHook =
    batchesWanted || backups
      ? {
          read: (index, size, measured) => {
            advance()
            if (backups) tally.add(size, measured)
            if (!batchesWanted) return interrupted ? boundary(false) : undefined
            const batch = index + offset
            const shared = others.none ? undefined : { batch, size, ...measured }
            const handled = hook('onBatchEnd', [batch, shared], () => ({
              _tag: 'BatchEnd',
              epoch,
              batch,
              step,
              at: now(),
              size,
              lr: learningRateOf(model.optimizer),
              logs: shared === undefined ? measured : numbersIn(shared),
            }))
            return handled ? handled.then(() => boundary(false)) : interrupted ? boundary(false) : undefined
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
      params = { ...paramsOf(given, settings.initialEpoch), ...settings.shape?.() }
      if (settings.epochs !== undefined) params = { ...params, epochs: settings.epochs }
      if (resumed) params = { ...params, initialEpoch: resumed.run?.params.initialEpoch ?? params.initialEpoch }
      else {
        epoch = params.initialEpoch
        // a run that begins later goes on counting where it would be
        step = params.initialEpoch * (params.steps ?? 0)
      }
      // another callback may add metrics that tfjs doesn't know of; then only their absence at an epoch's end tells
      const { epochs, initialEpoch, steps, metrics } = params
      const known = { epochs, initialEpoch, ...(steps !== null && { steps }), ...(others.none && { metrics }) }
      inspect(policy, { ...known, learningRate: learningRateOf(model.optimizer) }, 'by this model', settings.lint)
      wired.check()
      coverBatchEnd(this as object, batchEnd)
      others.begin(given, model)
      begun = true
      const planned = params
      // policies have heard of it before they were resumed; without what they keep in memory they begin anew there
      if (resumed?.found.kept) await others.call('onTrainBegin', logs).catch(fail)
      else
        await hook('onTrainBegin', [logs], () => ({ _tag: 'TrainBegin', ...moment(null), logs: {}, params: planned }))
      throwFailure()
    },
    async onEpochBegin(index, logs) {
      // tfjs forgets a stop that was asked for before the first epoch
      if (wired.stopping() || stoppedByStranger) model.stopTraining = true
      if (offset > 0 && index === resumed?.found.epoch) {
        // this epoch has begun before
        await others.call('onEpochBegin', index, logs).catch(fail)
        throwFailure()
        return
      }
      epoch = index
      seen = 0
      offset = 0
      tally.reset()
      wired.target.beginEpoch(params)
      await hook('onEpochBegin', [index, logs], () => ({ _tag: 'EpochBegin', ...moment(null), logs: {} }))
      throwFailure()
    },
    async onEpochEnd(index, logs) {
      // an interrupt after the last batch was done with
      if (isCut() && saved !== step) await boundary(false)
      const cut = isCut()
      wired.target.endEpoch()
      if (logs && offset > 0) Object.assign(logs, tally.means())
      if (logs && !failure()) {
        if (validation && isWhole()) await validate(validation, logs).catch(fail)
        await measure(logs)
      }
      await hook('onEpochEnd', [index, logs], () => {
        lastLogs = numbersIn(logs)
        const missing = missingFrom(params?.metrics ?? [], lastLogs)
        return { _tag: 'EpochEnd', ...moment(null), logs: lastLogs, ...(missing.length > 0 && { missing }) }
      })
      epochs.push({ epoch: index, logs: lastLogs })
      // what came of an end that isn't the epoch's is nothing to go on from
      if (!cut) await boundary(true)
      if (rethrows) throwFailure()
    },
    onBatchBegin: (batch, logs) =>
      hook('onBatchBegin', [batch + offset, logs], () => ({ _tag: 'BatchBegin', ...moment(batch + offset), logs: {} })),
    onYield: (index, batch, logs) => others.call('onYield', index, batch + offset, logs).catch(fail),
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
    endOthers: () => endOthers([undefined]),
    stop: (reason) => {
      interrupted = true
      wired.stop(reason)
    },
    resume: (from) => {
      const { found, run, past } = from
      resumed = from
      ;({ step } = found)
      epoch = run?.current ?? found.epoch
      offset = seen = found.batch
      stoppedByStranger = run?.stopped === 'stranger'
      lastLogs = decodeJson(run?.lastLogs ?? {}) as Logs
      if (run) tally.restore(run)
      wired.resume(found, run?.wire, past)
      epochs.push(...past.epochs)
      countLogged()
    },
    place: () => ({ epoch, batch: offset, over: offset > 0 && model.stopTraining && seen === offset }),
    step: () => step,
    paused: () => wired.paused() && epoch + 1 < (params?.epochs ?? 0),
    interrupted: () => interrupted,
    isOver: () => wired.stopping() || stoppedByStranger,
    past: () => resumed?.past.epochs ?? [],
    drain: wired.drain,
    close,
  }
}
