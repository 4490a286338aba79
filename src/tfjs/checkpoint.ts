import type * as tf from '@tensorflow/tfjs'
import { decodeNumber, encodeNumber, type JsonNumber, type JsonObject } from '../dsl/Json.js'
import type { State } from '../dsl/Machine.js'
import type { Spec } from '../dsl/Spec.js'
import { completed, type TrainingEvent } from '../dsl/TrainingEvent.js'
import { setLearningRate } from './optimizer.js'
import { mustFit, optimizerStateOf, putOptimizerState, type Slot } from './optimizerState.js'
import { artifactsAt, putWeights, saveModelTo } from './saving.js'

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

/** The checkpoints' own version: a newer one is refused. */
const version = 1

/** Where training goes on after an event. */
export const placeAfter = (event: TrainingEvent): Pick<Checkpoint, 'epoch' | 'batch' | 'step'> => {
  const epoch = event._tag === 'TrainEnd' ? event.epoch + 1 : completed(event, 'epochs')
  const batch = event._tag === 'BatchEnd' ? (event.batch ?? 0) + 1 : epoch === event.epoch ? (event.batch ?? 0) : 0
  return { epoch, batch, step: event.step }
}

/** Writes a checkpoint: the model, its optimizer's whole state, and the rest as `Checkpoint` has it. One step makes it valid. */
export const saveCheckpointTo = async (
  model: tf.LayersModel,
  path: string,
  { learningRate, ...rest }: Checkpoint,
  sameAs?: string,
): Promise<void> => {
  const { values, ...optimizer } = await optimizerStateOf(model.optimizer)
  const info = { version, learningRate: encodeNumber(learningRate), ...optimizer, ...rest } as unknown as JsonObject
  const more = { info, data: new Uint8Array(values.buffer) }
  await saveModelTo(model, path, 'model', { sameAs, more })
}

interface Info extends Omit<Checkpoint, 'learningRate'> {
  readonly version: number
  readonly learningRate: JsonNumber
  readonly optimizer: string
  readonly iterations: number
  readonly slots: ReadonlyArray<Slot>
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
  tfjs: Pick<typeof tf, 'io' | 'dispose' | 'tensor' | 'tidy'>,
  model: tf.LayersModel,
  path: string,
): Promise<Checkpoint> => {
  const artifacts = await artifactsAt(tfjs, path)
  const { checkpoint } = artifacts
  if (!checkpoint) throw new Error(`${path}: is a saved model and no checkpoint; loadWeights takes its weights`)
  const info = checkpoint.info as unknown as Info
  if (!(info.version <= version))
    throw new Error(`${path}: is a checkpoint of version ${info.version}, and this rxfit reads up to ${version}`)
  const { optimizer, iterations, slots, learningRate: rate, epoch, batch, step, spec, state } = info
  if (!(model as { readonly optimizer?: unknown }).optimizer)
    throw new Error(`${path}: compile the model first: the optimizer's state has nowhere to go`)
  // a copy: the file's bytes need not lie where float32 may
  const values = new Float32Array(new Uint8Array(checkpoint.data).buffer)
  const inside = { optimizer, iterations, slots, values }
  try {
    mustFit(model.optimizer, inside)
  } catch (cause) {
    throw new Error(`${path}: ${(cause as Error).message}`, { cause })
  }
  putWeights(tfjs, model, path, artifacts)
  putOptimizerState(tfjs, model.optimizer, inside)
  const learningRate = decodeNumber(rate)
  setLearningRate(model.optimizer, learningRate)
  return { epoch, batch, step, learningRate, spec, state }
}
