import type * as tf from '@tensorflow/tfjs'
import type { Evaluate } from '../../dsl/Command.js'
import { partsOfKind, type Spec } from '../../dsl/Spec.js'
import type { Logs } from '../../dsl/TrainingEvent.js'
import { broughtBy } from '../../builtins/internal/broughtData.js'
import type { EvaluateEveryOptions } from '../../builtins/evaluateEvery.js'
import { prefixed } from '../../builtins/internal/namedData.js'
import { allFinite, oneByOne, outcomeOf } from '../../metrics/internal/outcome.js'
import { measure, scoresOf } from '../../metrics/request.js'
import type { ClassCurve } from '../../runtime/interpret.js'
import {
  datasetBatches,
  inOrder,
  isDataset,
  pairOf,
  tensorBatches,
  type Batches,
  type Dataset,
  type Tensors,
} from '../batches.js'
import { metricNames, walkTest } from './testEvents.js'

/** Data to measure on: `[x, y]`, or a dataset of `{ xs, ys }`. */
export type EvaluationData = readonly [x: Tensors, y: Tensors] | Dataset

export const batchesOf = (what: string, model: tf.LayersModel, data: unknown, batchSize: number): Batches => {
  if (isDataset(data)) return datasetBatches(what, data, pairOf(what, model))
  if (!Array.isArray(data) || data.length !== 2)
    throw new TypeError(`${what} must be [x, y] or a dataset of { xs, ys }`)
  const [x, y] = data as ReadonlyArray<unknown>
  return tensorBatches(
    what,
    inOrder(`${what}[0]`, x, model.inputNames),
    inOrder(`${what}[1]`, y, model.outputNames),
    batchSize,
  )
}

/** A tensor's numbers, a row a sample. */
const rowsOf = async (what: string, tensor: tf.Tensor): Promise<ReadonlyArray<ArrayLike<number>>> => {
  if (tensor.rank > 2)
    throw new TypeError(
      `${what}: metrics take a row of numbers a sample, and these have shape [${tensor.shape.join(', ')}]; measure without them, or reshape the output`,
    )
  const [samples = 0] = tensor.shape
  const values = await tensor.data()
  const width = samples === 0 ? 0 : values.length / samples
  return Array.from({ length: samples }, (_, i) => values.subarray(i * width, (i + 1) * width))
}

/**
 * Measures a model on other data: the loss and its own metrics, and what else was asked for. Goes through the data batch by
 * batch; of the predictions only numbers are kept, until all are there.
 */
export const evaluateOn = async (
  model: tf.LayersModel,
  { name, prefix, metrics, batchSize, prCurves }: Omit<Evaluate, 'source'>,
  data: unknown,
  onCurve: (curve: ClassCurve) => void,
): Promise<Logs> => {
  const what = `data '${name}'`
  const batches = batchesOf(what, model, data, batchSize)
  const outputs = model.outputNames.map(() => ({
    truth: [] as Array<ArrayLike<number>>,
    scores: [] as Array<ArrayLike<number>>,
  }))
  const logs: Record<string, number> = {}
  const own = await walkTest(model, batches, {
    fire: () => undefined,
    stopped: () => false,
    ...((metrics.length > 0 || prCurves) && {
      look: async ({ inputs, targets, size }) => {
        const said = model.predict(inputs, { batchSize: size })
        const predicted = Array.isArray(said) ? said : [said]
        try {
          for (const [i, output] of outputs.entries()) {
            for (const row of await rowsOf(what, targets[i] as tf.Tensor)) output.truth.push(row)
            for (const row of await rowsOf(what, predicted[i] as tf.Tensor)) output.scores.push(row)
          }
        } finally {
          for (const tensor of predicted) tensor.dispose()
        }
      },
    }),
  })
  for (const [metric, value] of Object.entries(own)) logs[`${prefix}${metric}`] = value
  outputs.forEach(({ truth, scores }, i) => {
    const of = outputs.length === 1 ? '' : `${model.outputNames[i]}_`
    for (const [metric, value] of Object.entries(measure(metrics, truth, scores)))
      logs[`${prefix}${of}${metric}`] = value
    // a model that has diverged has no curve
    if (!prCurves || !scores.every(allFinite)) return
    for (const { index, ...curve } of oneByOne(outcomeOf(truth, scores))) {
      const tag = `${outputs.length === 1 ? '' : `/${model.outputNames[i]}`}${index === undefined ? '' : `/${index}`}`
      onCurve({ tag, ...curve })
    }
  })
  return logs
}

/** Sizes that a tensor of a batch must have; null where any will do. */
const fits = (shape: ReadonlyArray<number>, wanted: ReadonlyArray<number | null>): boolean =>
  shape.length === wanted.length && wanted.every((size, i) => i === 0 || size === null || size === shape[i])

const sizes = (shape: ReadonlyArray<number | null>): string => `[${shape.map((size) => size ?? '?').join(', ')}]`

/**
 * Refuses data that a pipeline can't be measured on: unknown names, tensors of the wrong number or shape, outputs that measures of
 * `rxfit/metrics` can't take. Datasets show what they hold only when they are gone through.
 */
export const checkEvaluations = (spec: Spec, model: tf.LayersModel, data: (name: string) => unknown): void => {
  for (const part of partsOfKind(spec, 'evaluateEvery')) {
    const {
      data: names,
      metrics = [],
      prCurves,
    } = (part.options ?? {}) as unknown as Pick<EvaluateEveryOptions, 'metrics' | 'prCurves'> & {
      readonly data: string | ReadonlyArray<string>
    }
    const measured = metrics.length > 0 || prCurves !== undefined
    for (const name of [names].flat()) {
      const given = broughtBy(part, name, data)
      const what = `data '${name}'`
      // throws where these aren't tensors of as many rows
      batchesOf(what, model, given, 1)
      if (isDataset(given)) continue
      const [x, y] = given as ReadonlyArray<unknown>
      inOrder(what, x, model.inputNames).forEach(({ shape }, i) => {
        const wanted = model.inputs[i]?.shape ?? []
        if (!fits(shape, wanted))
          throw new TypeError(
            `${what}: input '${model.inputNames[i]}' must be of shape ${sizes(wanted)}, got ${sizes(shape)}`,
          )
      })
      if (!measured) continue
      inOrder(what, y, model.outputNames).forEach(({ shape }, i) => {
        const [, ...said] = model.outputs[i]?.shape ?? []
        const [, width = 1] = shape
        if (shape.length > 2 || said.length > 1 || (width !== 1 && width !== said[0]))
          throw new TypeError(
            `${what}: measures of rxfit/metrics take a row of numbers a sample, and as many targets as output ` +
              `'${model.outputNames[i]}' has, ${sizes([null, ...said])}, or a class's number; got targets of ${sizes(shape)}`,
          )
      })
    }
  }
}

/** Names that a pipeline will add to what the model reports; with several outputs each measure is there by output. */
export const providedBy = (spec: Spec, model: tf.LayersModel): ReadonlyArray<string> => [
  ...partsOfKind(spec, 'textComparison').flatMap(({ provides }) => provides ?? []),
  ...partsOfKind(spec, 'evaluateEvery').flatMap(({ options }) => {
    const {
      data,
      metrics = [],
      prefix = '{name}_',
    } = options as unknown as Omit<EvaluateEveryOptions, 'data'> & {
      readonly data: ReadonlyArray<string>
    }
    const outputs = model.outputNames.length === 1 ? [''] : model.outputNames.map((name) => `${name}_`)
    const asked = scoresOf('metrics', metrics).flatMap((score) => outputs.map((output) => `${output}${score}`))
    return data.flatMap((name) => [...metricNames(model), ...asked].map((score) => `${prefixed(prefix, name)}${score}`))
  }),
]
