import type * as tf from '@tensorflow/tfjs'
import type { Policy } from '../../dsl/Policy.js'
import type { Tag } from '../../dsl/TrainingEvent.js'
import { datasetBatches, inOrder, isDataset, pairOf, tensorBatches, type Batches } from '../batches.js'

/**
 * tfjs validates inside its last batch and tells callbacks nothing of it. Where somebody listens to Test events, validation is
 * therefore taken out of tfjs' hands and done at the end of the epoch, as in Keras; the numbers are the same.
 */

const testTags: ReadonlyArray<Tag> = ['TestBegin', 'TestBatchBegin', 'TestBatchEnd', 'TestEnd']

/** Whether a policy, or an observer, wants to hear of validation. */
export const wantsTests = (policy: Policy<never>, observe: ReadonlyArray<Tag> = []): boolean =>
  testTags.some((tag) => policy.spec.events.includes(tag) || observe.includes(tag))

/**
 * What tfjs gets wrong: with several outputs it puts the validation's numbers under each other's names, and a dataset to validate
 * a fit on tensors it passes over in silence.
 */
export const tfjsValidatesWrongly = (model: tf.LayersModel, x: unknown, args: ValidationArgs): boolean =>
  ((model.outputNames as ReadonlyArray<string> | undefined) ?? []).length > 1 ||
  (!isDataset(x) &&
    args.validationData !== undefined &&
    args.validationData !== null &&
    !Array.isArray(args.validationData))

interface ValidationArgs {
  readonly batchSize?: number
  readonly validationSplit?: number
  readonly validationData?: unknown
  readonly validationBatchSize?: number
  readonly validationBatches?: number
}

/** Data to train on, arguments without validation, and the validation that was in them. */
export interface TakenOver<A> {
  readonly x: unknown
  readonly y: unknown
  readonly args: A
  readonly validation: Batches | undefined
  /** tensors that were made for this run */
  readonly dispose: () => void
}

const defaultBatchSize = 32

/** tfjs takes pairs as lists and as `{ xs, ys }`. */
const pairIn = (data: unknown): readonly [xs: unknown, ys: unknown] => {
  if (Array.isArray(data) && data.length === 2) return [data[0], data[1]]
  const { xs, ys } = (data ?? {}) as { readonly xs?: unknown; readonly ys?: unknown }
  if (xs !== undefined && ys !== undefined) return [xs, ys]
  throw new TypeError('fit: validationData must be [x, y] or a dataset')
}

export const takeOver = <A extends ValidationArgs>(
  model: tf.LayersModel,
  x: unknown,
  y: unknown,
  args: A,
): TakenOver<A> => {
  const { validationData: data, validationSplit: split, validationBatchSize, validationBatches, ...rest } = args
  const dispose = (): void => undefined
  // what is left out are optional arguments of tfjs
  const bare = rest as unknown as A
  if (data !== undefined && data !== null) {
    const size = (isDataset(x) ? validationBatchSize : args.batchSize) ?? defaultBatchSize
    const batches = (): Batches => {
      if (isDataset(data))
        return datasetBatches('fit: validationData', data, pairOf('fit: validationData', model), validationBatches)
      const [xs, ys] = pairIn(data)
      return tensorBatches(
        'fit: validationData',
        inOrder('fit: validationData[0]', xs, model.inputNames),
        inOrder('fit: validationData[1]', ys, model.outputNames),
        size,
      )
    }
    return { x, y, args: bare, validation: batches(), dispose }
  }
  if (isDataset(x) || split === undefined || !(split > 0 && split < 1))
    return { x, y, args, validation: undefined, dispose }
  const inputs = inOrder('fit: x', x, model.inputNames)
  const targets = inOrder('fit: y', y, model.outputNames)
  const made: Array<tf.Tensor> = []
  const at = Math.floor((inputs[0]?.shape[0] ?? 0) * (1 - split))
  const cut = (tensor: tf.Tensor, ...rows: [number, number?]): tf.Tensor => {
    const part = tensor.slice(...rows)
    made.push(part)
    return part
  }
  const give = (): void => {
    for (const tensor of made) tensor.dispose()
  }
  try {
    return {
      x: inputs.map((tensor) => cut(tensor, 0, at)),
      y: targets.map((tensor) => cut(tensor, 0, at)),
      args: bare,
      validation: tensorBatches(
        'fit: validationSplit',
        inputs.map((tensor) => cut(tensor, at)),
        targets.map((tensor) => cut(tensor, at)),
        args.batchSize ?? defaultBatchSize,
      ),
      dispose: give,
    }
  } catch (error) {
    give()
    throw error
  }
}
