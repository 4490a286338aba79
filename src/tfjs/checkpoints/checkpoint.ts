import type * as tf from '@tensorflow/tfjs'
import { decodeNumber, encodeJson, encodeNumber, type JsonNumber, type JsonObject } from '../../dsl/Json.js'
import type { State } from '../../dsl/Machine.js'
import type { Spec } from '../../dsl/Spec.js'
import { completed, type TrainingEvent } from '../../dsl/TrainingEvent.js'
import { host } from '#host'
import type { Suspended } from '../../runtime/drive.js'
import type { Artifacts } from '../../sinks/Host.js'
import { crc32c } from '../../tfevents/crc32c.js'
import type { AccumulationState } from '../gradients/accumulation.js'
import type { Clipping } from '../gradients/clipping.js'
import { tensorOf, type Kind } from '../engine.js'
import type { NormsState } from '../gradients/gradientNorms.js'
import type { KeptGradientsState } from '../gradients/keptGradients.js'
import { fingerprintOf } from './fingerprint.js'
import { setLearningRate } from '../optimizer.js'
import { mustFit, optimizerStateOf, putOptimizerState, type OptimizerState, type Slot } from './optimizerState.js'
import { artifactsAt, putPlainWeights, saveModelTo } from './saving.js'
import type { SlotsState, Stored } from '../weights.js'

/** Where training was when a checkpoint was written, and what its policies had in mind. */
export interface Checkpoint {
  /** 0-based epoch to go on with: the next, or the one under way */
  readonly epoch: number
  /** batches of that epoch that were trained; 0 at its beginning */
  readonly batch: number
  /** batches so far, over all epochs */
  readonly step: number
  readonly learningRate: number
  /** the pipeline, as `toSpec` gives it, and its state */
  readonly spec: Spec
  readonly state: State
}

/** What a run keeps beside its model: weights in slots, gradients of a round, layers at rest. */
export interface KeptInfo {
  readonly slots: SlotsState
  readonly accumulation: AccumulationState
  readonly learning: ReadonlyArray<boolean>
  readonly clipping?: ReturnType<Clipping['state']>
  readonly norms?: NormsState
  readonly gradients?: KeptGradientsState
}

/** A checkpoint on its way to a file. */
export interface Written extends Checkpoint {
  readonly driver: Omit<Suspended, 'state'>
  /** of a fit's backup: all else that it goes on from */
  readonly run?: JsonObject
}

/** A checkpoint as it was read. */
export interface Found extends Written {
  readonly path: string
  readonly artifacts: Artifacts
  readonly optimizer: OptimizerState
  /** absent in checkpoints of version 1, as is the fingerprint */
  readonly kept:
    { readonly info: KeptInfo; readonly kinds: ReadonlyArray<Kind>; readonly values: Float32Array } | undefined
  readonly fingerprint?: JsonObject
}

/**
 * The checkpoints' own version: a newer one is refused. 2 has what policies keep in memory, and a checksum over all that isn't
 * in a file of its own.
 */
const version = 2

/** It was written by a later rxfit. */
export class NewerFormat extends Error {
  readonly _tag = 'NewerFormat'
  override readonly name = 'NewerFormat'
}

/** Where training goes on after an event. */
export const placeAfter = (event: TrainingEvent): Pick<Checkpoint, 'epoch' | 'batch' | 'step'> => {
  const epoch = event._tag === 'TrainEnd' ? event.epoch + 1 : completed(event, 'epochs')
  const batch = event._tag === 'BatchEnd' ? (event.batch ?? 0) + 1 : epoch === event.epoch ? (event.batch ?? 0) : 0
  return { epoch, batch, step: event.step }
}

const bytes = new TextEncoder()

const sumOf = (info: JsonObject): number => crc32c(bytes.encode(JSON.stringify(info)))

/** Numbers of tensors, one behind another; those of other types fit into float32 as well. */
const joined = async (first: Float32Array, tensors: ReadonlyArray<tf.Tensor>): Promise<Float32Array> => {
  const parts = await Promise.all(tensors.map((tensor) => tensor.data()))
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, first.length))
  all.set(first)
  let at = first.length
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/**
 * Writes a checkpoint: the model, its optimizer's whole state, what the run keeps in memory, and the rest as `Written` has it. One
 * step makes it valid.
 */
export const saveCheckpointTo = async (
  model: tf.LayersModel,
  path: string,
  { learningRate, ...rest }: Written,
  { info: kept, tensors }: Stored<KeptInfo>,
  sameAs?: string,
): Promise<void> => {
  const { values, ...optimizer } = await optimizerStateOf(model.optimizer)
  const info = encodeJson({
    version,
    ...rest,
    ...optimizer,
    learningRate: encodeNumber(learningRate),
    kept: { ...kept, tensors: tensors.map(({ dtype, shape }): Kind => ({ dtype, shape })) },
    fingerprint: fingerprintOf(model),
  }) as JsonObject
  const data = await joined(values, tensors)
  const more = { info: { ...info, sum: sumOf(info) }, data: new Uint8Array(data.buffer) }
  await saveModelTo(model, path, 'model', { sameAs, more })
}

interface Info extends Omit<Written, 'learningRate' | 'driver'> {
  readonly version: number
  readonly learningRate: JsonNumber
  readonly optimizer: string
  readonly iterations: number
  readonly slots: ReadonlyArray<Slot>
  readonly driver?: Written['driver']
  readonly kept?: KeptInfo & { readonly tensors: ReadonlyArray<Kind> }
  readonly fingerprint?: JsonObject
}

const sizeOf = ({ shape }: { readonly shape: ReadonlyArray<number> }): number => shape.reduce((size, n) => size * n, 1)

/** Looks at every byte of a checkpoint. */
const foundIn = (path: string, { checkpoint, ...artifacts }: Awaited<ReturnType<typeof artifactsAt>>): Found => {
  if (!checkpoint) throw new Error(`${path}: is a saved model and no checkpoint; loadWeights takes its weights`)
  const { sum, ...info } = checkpoint.info
  const { version: its, kept, driver, optimizer, iterations, slots, learningRate, ...rest } = info as unknown as Info
  if (!(its <= version))
    throw new NewerFormat(`${path}: is a checkpoint of version ${its}, and this rxfit reads up to ${version}`)
  if (its > 1 && sum !== sumOf(info)) throw new Error(`${path}: damaged: its model.json is not what was saved`)
  // a copy: the file's bytes need not lie where float32 may
  const values = new Float32Array(new Uint8Array(checkpoint.data).buffer)
  const own = kept ? slots.reduce((size, slot) => size + sizeOf(slot), 0) : values.length
  return {
    ...rest,
    driver: driver ?? { rate: null, off: [] },
    path,
    artifacts,
    learningRate: decodeNumber(learningRate),
    optimizer: { optimizer, iterations, slots, values: values.subarray(0, own) },
    kept: kept && { info: kept, kinds: kept.tensors, values: values.subarray(own) },
  }
}

/** Reads a checkpoint. Rejects where there is none, or where it is damaged; a `NewerFormat` where it can't be known. */
export const readCheckpoint = async (path: string): Promise<Found> => foundIn(path, await host.models(path).load())

/** What was kept in memory, as tensors that live until the `tidy` around them ends. */
export const tensorsOf = ({ kinds, values }: NonNullable<Found['kept']>): ReadonlyArray<tf.Tensor> => {
  let at = 0
  return kinds.map((kind) => {
    const part = values.slice(at, at + sizeOf(kind))
    at += part.length
    return tensorOf(part, kind)
  })
}

/**
 * Puts weights, the optimizer's state and the learning rate into a model. Throws, with the model as it was, where they don't fit.
 */
export const putCheckpoint = (model: tf.LayersModel, { path, artifacts, optimizer, learningRate }: Found): void => {
  if (!(model as { readonly optimizer?: unknown }).optimizer)
    throw new Error(`${path}: compile the model first: the optimizer's state has nowhere to go`)
  try {
    mustFit(model.optimizer, optimizer)
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause })
  }
  putPlainWeights(model, path, artifacts)
  putOptimizerState(model.optimizer, optimizer)
  setLearningRate(model.optimizer, learningRate)
}

/**
 * Puts a checkpoint (`saveModel(path, { what: 'checkpoint' })`, `modelCheckpoint({ what: 'checkpoint' })`) into a compiled
 * model of the same shape: weights, all of the optimizer's state bit for bit, and the learning rate. Gives what else is in it:
 * where training was (`fit(…, { initialEpoch: epoch })` goes on there) and what every policy had in mind. Rejects, with the model
 * as it was, where there is no checkpoint, where it is damaged (each file is named for its checksum), or where shapes or the
 * optimizer differ.
 * @category tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { loadCheckpoint } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
 * await loadCheckpoint(tf, model, 'no/such/folder').catch((e) => e.message.includes('there is no saved model')) // => true
 */
export const loadCheckpoint = async (
  tfjs: Pick<typeof tf, 'io'>,
  model: tf.LayersModel,
  path: string,
): Promise<Checkpoint> => {
  const found = foundIn(path, await artifactsAt(tfjs, path))
  putCheckpoint(model, found)
  const { epoch, batch, step, learningRate, spec, state } = found
  return { epoch, batch, step, learningRate, spec, state }
}
