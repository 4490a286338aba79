import type * as tf from '@tensorflow/tfjs'
import type { CompareTexts, Draw, Evaluate, SaveModel } from '../dsl/Command.js'
import type { Picture } from '../dsl/Picture.js'
import type { Spec } from '../dsl/Spec.js'
import type { Logs, Params } from '../dsl/TrainingEvent.js'
import type { Capabilities, ClassCurve } from '../runtime/interpret.js'
import type { WeightValues } from '../tfevents/weightImages.js'
import { accumulation } from './gradients/accumulation.js'
import {
  putCheckpoint,
  saveCheckpointTo,
  tensorsOf,
  type Found,
  type KeptInfo,
  type Written,
} from './checkpoints/checkpoint.js'
import { tidy } from './engine.js'
import { checkEvaluations, evaluateOn, providedBy } from './evaluation/evaluateOn.js'
import { clipping } from './gradients/clipping.js'
import { gradientNorms, normsProvidedBy } from './gradients/gradientNorms.js'
import { compareTexts, type ComparedTexts } from './evaluation/compareTexts.js'
import { drawOn } from './evaluation/drawOn.js'
import { gradientsOf } from './gradients/gradients.js'
import { keptGradients } from './gradients/keptGradients.js'
import { freezing, embeddingsOf, layerOf, trainableVariables, type Freezing, type Variable } from './layers.js'
import { learningRateOf, setLearningRate, UnknownOptimizer } from './optimizer.js'
import { deleteModelAt, saveModelTo } from './checkpoints/saving.js'
import { profiling } from './profiling.js'
import { weightSlots, type Stored, type Weights } from './weights.js'

type Save = Pick<SaveModel, 'path' | 'what' | 'sameAs'>

/** What commands are carried out on: a model, or the parts of one. Its rate, its weights, its gradients, its layers. */
export interface Target {
  readonly can: Omit<
    Capabilities,
    | 'stop'
    | 'append'
    | 'remember'
    | 'print'
    | 'progress'
    | 'post'
    | 'sync'
    | 'saveModel'
    | 'evaluate'
    | 'compareTexts'
    | 'draw'
    | 'writePicture'
    | 'writeFrame'
    | 'summaries'
    | 'backUp'
  >
  /** `checkpoint` says where training is, for a save that it goes on from */
  readonly save: (save: Save, checkpoint: () => Written) => Promise<void>
  /** puts a checkpoint back: model, optimizer, rate, and what the run kept in memory */
  readonly putBack: (found: Found) => void
  readonly evaluate: (
    asked: Omit<Evaluate, 'source'>,
    data: unknown,
    onCurve: (curve: ClassCurve) => void,
  ) => Promise<Logs>
  /** refuses data that the model can't be measured on, as far as that shows; `data` gives those of a name */
  readonly checkData: (spec: Spec, data: (name: string) => unknown) => void
  readonly compareTexts: (asked: Omit<CompareTexts, 'source'>, data: unknown, epoch: number) => Promise<ComparedTexts>
  /** `data` gives what is predicted: some drawings need none */
  readonly draw: (asked: Omit<Draw, 'source'>, data: () => unknown, epoch: number) => Promise<Picture>
  /** the rate in force; 0 where nothing trains */
  readonly learningRate: () => number
  /** whether there is an optimizer */
  readonly trains: () => boolean
  /** refuses what can be seen to fail before training starts */
  readonly check: (spec: Spec) => void
  /** metrics that the policies' own measuring adds */
  readonly provides: (spec: Spec) => ReadonlyArray<string>
  readonly beginEpoch: (params: Params | undefined) => void
  readonly endEpoch: () => void
  /** puts flags and the optimizer back, and gives tensors back; harmless twice */
  readonly close: (failed: boolean) => void
}

/** A model needn't be compiled: predicting takes no optimizer. */
interface Owner {
  readonly optimizer: tf.Optimizer | undefined
}

/** A weight by its name, with `_` where TensorFlow has `:`, as Keras writes it. */
const readWeight = async (weight: Variable): Promise<WeightValues> => ({
  name: weight.name.replaceAll(':', '_'),
  shape: weight.shape,
  values: await weight.data(),
})

/** How a model, or parts of one, are saved and measured. */
interface Medium
  extends
    Pick<Target, 'evaluate' | 'compareTexts' | 'draw' | 'checkData' | 'provides'>,
    Pick<Capabilities, 'topology' | 'embeddings'> {
  readonly layerOf: () => (weight: string) => string
  readonly save: (save: Save, checkpoint: () => readonly [Written, Stored<KeptInfo>]) => Promise<void>
  readonly load: (found: Found) => void
}

const target = (
  owner: Owner,
  weights: Weights,
  layers: Freezing,
  { save, load, topology, embeddings, layerOf, ...measuring }: Medium,
): Target => {
  const gradients = gradientsOf(owner as { readonly optimizer: tf.Optimizer })
  const accumulating = accumulation(gradients)
  const clipped = clipping(gradients)
  const norms = gradientNorms(gradients, layerOf)
  const kept = keptGradients(gradients)
  const profiler = profiling()
  const slots = weightSlots(weights, gradients)
  const names = (): ReadonlyArray<string> => weights.trainable().map(({ name }) => name)
  return {
    can: {
      setLearningRate: (value) => {
        if (!owner.optimizer) throw new UnknownOptimizer('none')
        setLearningRate(owner.optimizer, value)
      },
      snapshotWeights: slots.snapshot,
      restoreWeights: slots.restore,
      averageWeights: slots.average,
      trackAverage: slots.track,
      swapWeights: slots.swap,
      accumulateGradients: accumulating.set,
      clipGradients: clipped.set,
      trackGradientNorms: norms.track,
      gradientNorms: norms.report,
      startProfile: profiler.start,
      stopProfile: profiler.stop,
      keepGradients: kept.keep,
      gradients: kept.take,
      freezeLayers: layers.freeze,
      unfreezeLayers: layers.unfreeze,
      deleteModel: deleteModelAt,
      weights: () => Promise.all(weights.all().map(readWeight)),
      topology,
      embeddings,
    },
    ...measuring,
    save: (asked, checkpoint) => {
      const inMemory = (): Stored<KeptInfo> => {
        const own = slots.state()
        const round = accumulating.state(names())
        const collected = norms.state(names())
        const latest = kept.state(names())
        return {
          info: {
            slots: { ...own.info, swapped },
            accumulation: round.info,
            learning,
            clipping: clipped.state(),
            norms: collected.info,
            gradients: latest.info,
          },
          tensors: [own, round, collected, latest].flatMap(({ tensors }) => tensors),
        }
      }
      const { swapped } = slots.state().info
      const learning = layers.state()
      const saved = (): Promise<void> => save(asked, () => [checkpoint(), inMemory()])
      // a model is saved as it is: averages that are swapped in are what is wanted of it
      return layers.asCompiled(() => (asked.what === 'checkpoint' ? slots.unswapped(saved) : saved()))
    },
    putBack: (found) => {
      load(found)
      const inMemory = found.kept
      if (!inMemory) return
      tidy(() => {
        const {
          slots: own,
          accumulation: round,
          learning,
          clipping: limits = [],
          norms: collected,
          gradients: latest,
        } = inMemory.info
        const tensors = tensorsOf(inMemory)
        let at = 0
        const next = (count: number): ReadonlyArray<tf.Tensor> => tensors.slice(at, (at += count))
        slots.putState({
          info: own,
          tensors: next(own.slots.reduce((sum, { variables }) => sum + variables.length, 0)),
        })
        accumulating.putState({ info: round, tensors: next(round.sums.length) }, names())
        for (const [mode, limit] of limits) clipped.set(mode, limit)
        if (collected) {
          const pieces = collected.flatMap(({ blocks }) => blocks).reduce((sum, block) => sum + block.pieces, 0)
          norms.putState({ info: collected, tensors: next(pieces) }, names())
        }
        if (latest) kept.putState({ info: latest, tensors: next(latest.weights.length) }, names())
        layers.putState(learning)
      })
    },
    learningRate: () => (owner.optimizer ? learningRateOf(owner.optimizer) : 0),
    trains: () => owner.optimizer !== undefined,
    check: layers.check,
    beginEpoch: (params) => {
      gradients.check()
      accumulating.beginEpoch(params?.steps ?? null)
    },
    endEpoch: accumulating.endEpoch,
    close: (failed) => {
      accumulating.dispose()
      norms.dispose()
      kept.dispose()
      profiler.dispose()
      slots.dispose(failed)
      gradients.dispose()
      layers.dispose()
    },
  }
}

export const modelTarget = (model: tf.LayersModel): Target =>
  target(
    model,
    {
      // the live variables, whatever tfjs' own documentation says
      all: () => model.getWeights() as Array<Variable>,
      trainable: () => trainableVariables(model),
    },
    freezing(model),
    {
      save: ({ path, what, sameAs }, checkpoint) =>
        what === 'checkpoint'
          ? saveCheckpointTo(model, path, ...checkpoint(), sameAs)
          : saveModelTo(model, path, what, { sameAs }),
      load: (found) => {
        putCheckpoint(model, found)
      },
      evaluate: (asked, data, onCurve) => evaluateOn(model, asked, data, onCurve),
      compareTexts: (asked, data, epoch) => compareTexts(model, asked, data, epoch),
      draw: (asked, data, epoch) => drawOn(model, asked, data, epoch),
      checkData: (spec, data) => {
        checkEvaluations(spec, model, data)
      },
      provides: (spec) => [
        ...providedBy(spec, model),
        ...normsProvidedBy(
          spec,
          trainableVariables(model).map(({ name }) => name),
          layerOf(model),
        ),
      ],
      embeddings: () =>
        Promise.all(embeddingsOf(model).map(async ([name, matrix]) => ({ ...(await readWeight(matrix)), name }))),
      topology: () => JSON.stringify(model.toJSON(null, false)),
      layerOf: () => layerOf(model),
    },
  )

/** An optimizer and the variables that it trains, where there is no model of layers. */
export interface Parts {
  readonly optimizer: tf.Optimizer
  /** what snapshots keep and restores put back. Default none */
  readonly variables?: ReadonlyArray<tf.Variable>
}

export const isModel = (x: unknown): x is tf.LayersModel =>
  typeof x === 'object' &&
  x !== null &&
  typeof (x as { readonly getWeights?: unknown }).getWeights === 'function' &&
  'stopTraining' in x

const reject = (what: string, command: string): Promise<never> =>
  Promise.reject(new Error(`there is no model of layers ${what}; give a handler for ${command} in options.handlers`))

const noLayers = (layers: ReadonlyArray<string>): void => {
  if (layers.length > 0) throw new Error(`there is no model of layers here, so no layer '${layers.join("', '")}'`)
}

export const partsTarget = ({ optimizer, variables = [] }: Parts): Target =>
  target(
    { optimizer },
    { all: () => variables, trainable: () => variables },
    {
      check: ({ freezes = [], unfreezes = [] }) => {
        noLayers([...freezes, ...unfreezes])
      },
      freeze: noLayers,
      unfreeze: noLayers,
      asCompiled: (task) => task(),
      state: () => [],
      putState: () => undefined,
      dispose: () => undefined,
    },
    {
      save: ({ path }) => reject(`to save at '${path}'`, 'SaveModel'),
      load: ({ path }) => {
        throw new Error(`there is no model of layers that the checkpoint '${path}' could be put into`)
      },
      evaluate: ({ name }) => reject(`to measure on '${name}'`, 'Evaluate'),
      compareTexts: (asked, data, epoch) => compareTexts(undefined, asked, data, epoch),
      draw: (asked, data, epoch) => drawOn(undefined, asked, data, epoch),
      checkData: () => undefined,
      provides: (spec) =>
        normsProvidedBy(
          spec,
          variables.map(({ name }) => name),
          (weight) => weight,
        ),
      layerOf: () => {
        throw new Error("there is no model of layers here; norms are per 'global' or per 'weight'")
      },
      embeddings: () => Promise.reject(new Error('there is no model of layers here, so no Embedding layer')),
      topology: () => {
        throw new Error('there is no model of layers here, whose graph could be written')
      },
    },
  )
