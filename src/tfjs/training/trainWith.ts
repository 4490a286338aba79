import type * as tf from '@tensorflow/tfjs'
import * as v from 'valibot'
import { missingFrom } from '../../dsl/Metrics.js'
import { count, OptionError, parse, positive } from '../../dsl/Options.js'
import { isPolicy, type Policy } from '../../dsl/Policy.js'
import { wants } from '../../dsl/Spec.js'
import type { Logs, Params, TrainingEvent } from '../../dsl/TrainingEvent.js'
import { isModel, modelTarget, partsTarget, type Parts, type Target } from '../Target.js'
import {
  inspect,
  policyOf,
  type Callbacks,
  wire,
  wireOptionNames,
  wireOptionsOf,
  type Deeds,
  type Wire,
  type WireOptions,
} from '../wire.js'

/** What commands are carried out on: a model of layers, or an optimizer with the variables that it trains. */
export type Trainee = tf.LayersModel | Parts

interface LoopOptions extends WireOptions {
  /** epochs planned, from 0. Default 1 */
  readonly epochs?: number
  /** 0-based first epoch. Default 0 */
  readonly initialEpoch?: number
  /** batches an epoch, where it is known */
  readonly steps?: number
  /** names of the metrics that the loop will report; where given, a policy that reads another is refused before training */
  readonly metrics?: ReadonlyArray<string>
}

/** Options of `trainWith` for one model. */
export interface TrainWithOptions extends LoopOptions {
  readonly model: Trainee
}

/** Options of `trainWith` for several models, each by its name; a `record` path then has `{model}` in it. */
export interface TrainTogetherOptions<Name extends string> extends LoopOptions {
  readonly models: Readonly<Record<Name, Trainee>>
}

/** What your loop tells, and asks. Every call is to be awaited: commands are carried out before it settles. */
export interface Loop {
  /** true once a policy has asked to stop: leave your batches then; epochs end by themselves */
  readonly stopped: boolean
  /** 0-based number of the epoch under way */
  readonly epoch: number
  /** batches that have ended, over all epochs */
  readonly step: number
  /** the epochs to train, from the first: each begins when it is asked for, and they end when a policy stops training */
  readonly epochs: () => AsyncIterable<number>
  /** a batch begins; where you don't say so, nobody hears of it */
  readonly batchBegin: () => Promise<void>
  /** a batch has ended, with these numbers */
  readonly batchEnd: (logs?: Logs) => Promise<void>
  /** the epoch has ended, with these numbers */
  readonly epochEnd: (logs?: Logs) => Promise<void>
  /** validation, or another test, begins and ends */
  readonly testBegin: () => Promise<void>
  readonly testEnd: (logs?: Logs) => Promise<void>
}

const anything = v.optional(v.unknown())

const schema = v.strictObject({
  model: anything,
  models: anything,
  epochs: v.optional(count, 1),
  initialEpoch: v.optional(count, 0),
  steps: v.optional(positive),
  metrics: v.optional(v.array(v.string())),
  ...(Object.fromEntries(wireOptionNames.map((name) => [name, anything])) as Record<
    (typeof wireOptionNames)[number],
    typeof anything
  >),
})

const refuse = (path: string, message: string): never => {
  throw new OptionError([{ path: `trainWith.${path}`, message }])
}

const targetOf = (trainee: unknown, path: string): Target => {
  if (isModel(trainee)) return modelTarget(trainee)
  const { optimizer } = (trainee ?? {}) as Partial<Parts>
  if (typeof optimizer?.applyGradients === 'function') return partsTarget(trainee as Parts)
  return refuse(path, 'must be a model of TensorFlow.js, or { optimizer, variables }')
}

/** Numbers only: a tensor here would be stored by policies long after it is gone. */
const numbers = (what: string, logs: Logs): Logs => {
  for (const [name, value] of Object.entries(logs) as ReadonlyArray<readonly [string, unknown]>)
    if (typeof value !== 'number')
      throw new TypeError(
        `${what}: '${name}' must be a number, got ${typeof value === 'object' ? 'an object; of a tensor give (await t.data())[0]' : typeof value}`,
      )
  return logs
}

interface Trained {
  readonly policy: Policy<never>
  readonly wired: Wire
}

type Named<A> = Readonly<Record<string, A>>

/** A policy and what it steers, for each model. */
const pair = (callbacks: unknown, options: LoopOptions & { readonly model?: unknown; readonly models?: unknown }) => {
  const settings = wireOptionsOf(options)
  if (options.models === undefined) {
    const policy = policyOf(callbacks as Callbacks)
    return [{ policy, wired: wire(targetOf(options.model, 'model'), policy, settings) }]
  }
  if (options.model !== undefined) refuse('models', 'is there beside model: give one of them')
  const models = options.models as Named<unknown>
  if (typeof models !== 'object' || Array.isArray(models))
    return refuse('models', 'must be an object of models by name')
  const policies = callbacks as Named<Callbacks>
  if (isPolicy(callbacks) || Array.isArray(callbacks) || typeof callbacks !== 'object')
    return refuse('callbacks', `must be an object of policies by model (${Object.keys(models).join(', ')})`)
  const stranger = Object.keys(policies).find((name) => !Object.hasOwn(models, name))
  if (stranger !== undefined)
    return refuse(`callbacks.${stranger}`, `there is no such model; there is ${Object.keys(models).join(', ')}`)
  const { record } = settings
  if (record !== undefined && !(typeof record === 'string' && record.includes('{model}')))
    return refuse('record', "must be a path with '{model}' in it: every model has a record of its own")
  return Object.entries(models).map(([name, model]): Trained => {
    const policy = policyOf(policies[name])
    const own = record === undefined ? settings : { ...settings, record: record.replaceAll('{model}', name) }
    return { policy, wired: wire(targetOf(model, `models.${name}`), policy, own) }
  })
}

/** Keeps track of where the loop is, and refuses what can't be: a batch outside an epoch. */
const follow = (trained: ReadonlyArray<Trained>, params: Params) => {
  let [epoch, batch, step] = [params.initialEpoch, 0, params.initialEpoch * (params.steps ?? 0)]
  let underway = false
  let begun = false
  let lastLogs: Logs = {}
  const isUnderway = (): boolean => underway
  const wires = trained.map(({ wired }) => wired)
  const failure = () => wires.map((wired) => wired.failure()).find((failed) => failed !== undefined)
  const throwFailure = (): void => {
    const failed = failure()
    if (failed) throw failed.error
  }
  const stopped = (): boolean => wires.some((wired) => wired.stopping())

  const fire = async (
    event: Pick<TrainingEvent, '_tag' | 'logs'> & object,
    at: number | null = null,
    hears: (part: Trained) => boolean = () => true,
  ): Promise<void> => {
    for (const { wired } of trained.filter(hears)) {
      const moment = { epoch, batch: at, step, at: wired.now(), lr: wired.target.learningRate() }
      await wired.handle({ ...event, ...moment } as TrainingEvent)
      // thrown from here, an error surfaces in the loop, at the call that led to it
      throwFailure()
    }
  }
  /** As in fit, this event is for those who wait for it. */
  const asks = ({ policy }: Trained): boolean => wants(policy.spec, 'Evaluating')
  const within = (what: string): void => {
    if (!isUnderway())
      throw new Error(
        `trainWith: ${what} outside an epoch: call it within \`for await (const epoch of loop.epochs())\``,
      )
  }
  const loop: Loop = {
    get stopped() {
      return stopped()
    },
    get epoch() {
      return epoch
    },
    get step() {
      return step
    },
    async *epochs() {
      if (begun) throw new Error('trainWith: loop.epochs() goes through the epochs once; call it once')
      begun = true
      for (let next = params.initialEpoch; next < params.epochs && !stopped(); next += 1) {
        epoch = next
        batch = 0
        underway = true
        for (const wired of wires) wired.target.beginEpoch(params)
        await fire({ _tag: 'EpochBegin', logs: {} })
        yield epoch
        if (isUnderway()) await loop.epochEnd()
      }
    },
    batchBegin: async () => {
      within('batchBegin')
      await fire({ _tag: 'BatchBegin', logs: {} }, batch)
    },
    batchEnd: async (logs = {}) => {
      within('batchEnd')
      step += 1
      batch += 1
      await fire({ _tag: 'BatchEnd', logs: numbers('batchEnd', logs) }, batch - 1)
    },
    epochEnd: async (logs = {}) => {
      within('epochEnd')
      numbers('epochEnd', logs)
      underway = false
      for (const wired of wires) wired.target.endEpoch()
      await fire({ _tag: 'Evaluating', logs }, null, asks)
      // what was measured of one model is no business of the others'
      for (const part of trained) {
        const measured = { ...logs, ...part.wired.takeMeasured() }
        lastLogs = { ...lastLogs, ...measured }
        const missing = missingFrom(params.metrics, measured)
        const end = { _tag: 'EpochEnd' as const, logs: measured, ...(missing.length > 0 && { missing }) }
        await fire(end, null, (other) => other === part)
      }
    },
    testBegin: () => fire({ _tag: 'TestBegin', logs: {} }),
    testEnd: (logs = {}) => fire({ _tag: 'TestEnd', logs: numbers('testEnd', logs) }),
  }
  const reason = (): string => [...new Set(wires.map((wired) => wired.reason()).filter(Boolean))].join('; ')
  return {
    loop,
    begin: () => fire({ _tag: 'TrainBegin', logs: {}, ...{ params } }),
    end: async () => {
      // a loop that left its last epoch has ended it all the same
      if (isUnderway()) await loop.epochEnd()
      await fire({ _tag: 'TrainEnd', logs: lastLogs, ...(stopped() && { reason: reason() }) })
      for (const wired of wires) await wired.finish()
      throwFailure()
    },
  }
}

/** What the loop gave back, and what policies did. */
export interface TrainWithResult<A> extends Deeds {
  readonly result: A
}

/** The same for several models. */
export interface TrainTogetherResult<A, Name extends string> {
  readonly result: A
  /** what the policies of each model did */
  readonly deeds: Readonly<Record<Name, Deeds>>
}

/**
 * Training loops of your own under policies: `trainOnBatch`, gradients by hand, several models at once. The loop tells what
 * happens (`batchEnd`, `epochEnd`), and each of these calls settles when the commands that it led to have been carried out on
 * the model: learning rate, snapshots, saves. A stop shows in `loop.stopped`; epochs end by themselves.
 *
 * Several models (a GAN) have their policies by name, `{ generator: …, discriminator: … }`: all hear of every event, each
 * steers its own model, and one that stops, stops the loop. A loop without a model of layers gives `{ optimizer, variables }`.
 *
 * TrainBegin comes before the loop and TrainEnd after it; if the loop throws, no TrainEnd (as in Keras), but slots and files
 * are given back. Rejects with what the loop or a policy throws.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { all, earlyStopping, reduceLROnPlateau } from 'rxfit'
 * import { trainWith } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
 * model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0) })
 * const policy = all(earlyStopping({ monitor: 'loss', patience: 2 }), reduceLROnPlateau({ monitor: 'loss', patience: 1 }))
 * const [x, y] = [tf.ones([4, 1]), tf.zeros([4, 1])]
 * const { result } = await trainWith(policy, { model, epochs: 10 }, async (loop) => {
 *   for await (const epoch of loop.epochs()) {
 *     const loss = (await model.trainOnBatch(x, y)) as number
 *     await loop.batchEnd({ loss })
 *     await loop.epochEnd({ loss })
 *   }
 *   return loop.epoch
 * })
 * result // => 2
 */
export function trainWith<A>(
  callbacks: Callbacks,
  options: TrainWithOptions,
  body: (loop: Loop) => Promise<A>,
): Promise<TrainWithResult<A>>
export function trainWith<A, const Name extends string>(
  callbacks: Readonly<Partial<Record<Name, Callbacks>>>,
  options: TrainTogetherOptions<Name>,
  body: (loop: Loop) => Promise<A>,
): Promise<TrainTogetherResult<A, Name>>
export async function trainWith<A>(
  callbacks: unknown,
  options: LoopOptions & { readonly models?: unknown },
  body: (loop: Loop) => Promise<A>,
): Promise<unknown> {
  if (typeof body !== 'function') throw new TypeError('trainWith: the third argument must be your loop, a function')
  const { epochs, initialEpoch, steps, metrics, models } = parse('trainWith', schema, options)
  const trained = pair(callbacks, options)
  const reported = [...(metrics ?? []), ...trained.flatMap(({ policy, wired }) => wired.target.provides(policy.spec))]
  const params: Params = {
    epochs,
    initialEpoch,
    steps: steps ?? null,
    samples: null,
    batchSize: null,
    metrics: reported,
  }
  const deeds = trained.map(({ wired: { decisions, remembered } }): Deeds => ({ decisions, remembered }))
  let done = false
  try {
    const known = { epochs, initialEpoch, ...(steps !== undefined && { steps }), ...(metrics && { metrics: reported }) }
    for (const { policy, wired } of trained) {
      wired.check()
      if (policy.spec.learningRate !== undefined && !wired.target.trains())
        throw new Error(
          'trainWith: compile the model first, or give { optimizer }: there is no learning rate to change',
        )
      inspect(policy, { ...known, learningRate: wired.target.learningRate() }, 'by this loop', options.lint)
    }
    const { loop, begin, end } = follow(trained, params)
    await begin()
    const result = await body(loop)
    await end()
    done = true
    if (models === undefined) return { result, ...deeds[0] }
    return { result, deeds: Object.fromEntries(Object.keys(models as object).map((name, i) => [name, deeds[i]])) }
  } finally {
    // where the loop threw, nobody has waited
    if (!done) for (const { wired } of trained) await wired.drain()
    for (const { wired } of trained) wired.close(!done)
  }
}
