import type * as tf from '@tensorflow/tfjs'
import * as v from 'valibot'
import { parse, positive } from '../../dsl/Options.js'
import type { Logs, Params, TrainingEvent } from '../../dsl/TrainingEvent.js'
import { preflight } from '../../runtime/preflight.js'
import type { Batches } from '../batches.js'
import type { Running } from '../observe.js'
import { isModel, modelTarget } from '../Target.js'
import {
  policyOf,
  type Callbacks,
  wire,
  wireOptionsOf,
  type Deeds,
  type WireOptions,
  type WireSettings,
} from '../wire.js'

/** Arguments of `evaluate`, `predict` and their `$` forms. */
export interface PassOptions extends Omit<WireOptions, 'data' | 'lint'> {
  /** rows at a time, from 1. Default 32; a dataset has batches of its own */
  readonly batchSize?: number
  /** batches after which to end, from 1. Default all */
  readonly batches?: number
  readonly callbacks?: Callbacks | undefined
}

const anything = v.optional(v.unknown())

const schema = v.strictObject({
  batchSize: v.optional(positive, 32),
  batches: v.optional(positive),
  callbacks: anything,
  handlers: anything,
  failures: anything,
  http: anything,
  record: anything,
  now: anything,
})

/** Options with the default filled in; any that isn't known is refused. */
export const passOptions = (what: string, given: unknown): PassOptions & { readonly batchSize: number } =>
  parse(what, schema, given) as PassOptions & { readonly batchSize: number }

/** One pass over data that trains nothing: what evaluating and predicting have in common. */
export interface Pass {
  readonly deeds: Deeds
  /** makes an event and has it heard; after a failure nobody hears anything any more */
  readonly fire: <T extends PassTag>(
    tag: T,
    batch: number | null,
    logs: Logs,
    more?: object,
  ) => Promise<void> | undefined
  readonly stopped: () => boolean
  /** batches that have ended */
  readonly done: () => number
  readonly params: (batches: Batches, metrics: ReadonlyArray<string>) => Params
  /** what the last event adds: why it came early */
  readonly end: () => { readonly reason?: string }
  /** runs the pass and cleans up after it, whatever happens; `discard` gets a result that nobody will see */
  readonly through: <A>(body: () => Promise<A>, discard?: (result: A) => void) => Passing<A>
}

export type PassTag = Extract<TrainingEvent['_tag'], `Test${string}` | `Predict${string}`>

export interface Passing<A> extends Running {
  readonly run: () => Promise<A>
}

export const begin = (
  model: tf.LayersModel,
  { callbacks, ...options }: WireSettings & Pick<PassOptions, 'callbacks'>,
): Pass => {
  const policy = policyOf(callbacks)
  preflight(policy, {}, 'by this model')
  const settings = { ...wireOptionsOf(options), ...(options.onEvent && { onEvent: options.onEvent }) }
  const wired = wire(modelTarget(model), policy, settings)
  const { target, now, handle, failure, stopping, decisions, remembered } = wired
  let step = 0
  return {
    deeds: { decisions, remembered },
    fire: (tag, batch, logs, more) => {
      if (tag === 'TestBatchEnd' || tag === 'PredictBatchEnd') step += 1
      if (failure()) return undefined
      const moment = { epoch: 0, batch, step, at: now(), lr: target.learningRate() }
      return handle({ _tag: tag, ...moment, logs, ...more } as TrainingEvent)
    },
    stopped: stopping,
    done: () => step,
    params: ({ steps, samples, batchSize }, metrics) => ({
      epochs: 1,
      initialEpoch: 0,
      steps,
      samples,
      batchSize,
      metrics,
    }),
    end: () => (stopping() ? { reason: wired.reason() } : {}),
    through: (body, discard) => ({
      stop: wired.stop,
      run: async () => {
        try {
          const result = await body()
          await wired.finish()
          const failed = failure()
          if (!failed) return result
          discard?.(result)
          throw failed.error
        } finally {
          wired.close()
        }
      },
    }),
  }
}

/** Refuses what is no model of layers before anything is asked of it. */
export const mustBeModel = (what: string, model: unknown): void => {
  if (!isModel(model))
    throw new TypeError(`${what}: the first argument must be a model of TensorFlow.js, got ${typeof model}`)
}
