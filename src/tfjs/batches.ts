import type * as tf from '@tensorflow/tfjs'
import { host } from '#host'

/** Data as tfjs takes them: a tensor, a list of tensors, or tensors by the name of their input or output. */
export type Tensors = tf.Tensor | Array<tf.Tensor> | { [name: string]: tf.Tensor }
export type Dataset = Parameters<tf.LayersModel['fitDataset']>[0]

export const isDataset = (x: unknown): x is Dataset =>
  typeof x === 'object' && x !== null && typeof (x as { readonly iterator?: unknown }).iterator === 'function'

/** Some rows of the data, in the order of the model's inputs and outputs. */
export interface Batch {
  readonly inputs: Array<tf.Tensor>
  /** none where there is only something to predict */
  readonly targets: Array<tf.Tensor>
  readonly size: number
}

/** Batches to go through, and what is known of their number. */
export interface Batches {
  readonly steps: number | null
  readonly samples: number | null
  readonly batchSize: number | null
  /** whoever walks through them disposes of nothing: each is given back when the next is asked for */
  readonly walk: () => AsyncIterable<Batch>
}

export const isTensor = (x: unknown): x is tf.Tensor =>
  typeof x === 'object' && x !== null && typeof (x as { readonly dataId?: unknown }).dataId === 'object'

/** The tensors in the model's order. */
export const inOrder = (what: string, given: unknown, names: ReadonlyArray<string>): Array<tf.Tensor> => {
  const list: ReadonlyArray<unknown> = isTensor(given)
    ? [given]
    : Array.isArray(given)
      ? (given as ReadonlyArray<unknown>)
      : typeof given === 'object' && given !== null
        ? names.map((name) => (given as Readonly<Record<string, unknown>>)[name])
        : []
  if (list.length === names.length && list.every(isTensor)) return [...list]
  const there =
    isTensor(given) || Array.isArray(given) ? `${list.length}` : Object.keys(given ?? {}).join(', ') || 'none'
  throw new TypeError(
    `${what}: the model takes ${names.length === 1 ? 'a tensor' : `${names.length} tensors (${names.join(', ')})`}, got ${there}`,
  )
}

export const rowsOf = (what: string, tensors: ReadonlyArray<tf.Tensor>): number => {
  const rows = [...new Set(tensors.map((tensor) => tensor.shape[0]))]
  if (rows.length > 1) throw new TypeError(`${what}: all must have as many rows, got ${rows.join(' and ')}`)
  if (!rows[0]) throw new TypeError(`${what}: there are no rows`)
  return rows[0]
}

/** Every tensor inside a dataset's element. */
const tensorsIn = (element: unknown): ReadonlyArray<tf.Tensor> => {
  if (isTensor(element)) return [element]
  return typeof element === 'object' && element !== null ? Object.values(element).flatMap(tensorsIn) : []
}

const dispose = (tensors: ReadonlyArray<tf.Tensor>): void => {
  for (const tensor of tensors) if (!tensor.isDisposed) tensor.dispose()
}

/** Rows in slices of `batchSize`. `most`: at most so many batches. */
export const tensorBatches = (
  what: string,
  inputs: ReadonlyArray<tf.Tensor>,
  targets: ReadonlyArray<tf.Tensor>,
  batchSize: number,
  most = Infinity,
): Batches => {
  const rows = rowsOf(what, [...inputs, ...targets])
  const steps = Math.min(most, Math.ceil(rows / batchSize))
  return {
    steps,
    samples: Math.min(rows, steps * batchSize),
    batchSize,
    // eslint-disable-next-line @typescript-eslint/require-await -- datasets have to be awaited, tensors are there
    async *walk() {
      for (let i = 0; i < steps; i += 1) {
        const start = i * batchSize
        const size = Math.min(batchSize, rows - start)
        const cut = (tensor: tf.Tensor): tf.Tensor => tensor.slice(start, size)
        const batch = { inputs: inputs.map(cut), targets: targets.map(cut), size }
        try {
          yield batch
        } finally {
          dispose([...batch.inputs, ...batch.targets])
        }
      }
    },
  }
}

/** The batches of a dataset; `read` takes its elements apart. `most`: at most so many batches. */
export const datasetBatches = (
  what: string,
  dataset: Dataset,
  read: (element: unknown) => Pick<Batch, 'inputs' | 'targets'>,
  most?: number,
): Batches => ({
  steps: most ?? (Number.isFinite(dataset.size) ? dataset.size : null),
  samples: null,
  batchSize: null,
  async *walk() {
    const elements = await dataset.iterator()
    for (let i = 0; most === undefined || i < most; i += 1) {
      const { value, done } = (await elements.next()) as { readonly value: unknown; readonly done: boolean }
      if (done) {
        if (most !== undefined)
          host.print(`${what}: the dataset ended after ${i} of ${most} batches; repeat() makes it go on`, 'warning')
        return
      }
      try {
        const { inputs, targets } = read(value)
        yield { inputs, targets, size: rowsOf(what, [...inputs, ...targets]) }
      } finally {
        dispose(tensorsIn(value))
      }
    }
  },
})

/** What a dataset for training and evaluation is made of. */
export const pairOf =
  (what: string, model: tf.LayersModel) =>
  (element: unknown): Pick<Batch, 'inputs' | 'targets'> => {
    const { xs, ys } = (element ?? {}) as { readonly xs?: unknown; readonly ys?: unknown }
    if (xs === undefined || ys === undefined)
      throw new TypeError(
        `${what}: a dataset's elements must be { xs, ys }, got ${Object.keys(element ?? {}).join(', ')}`,
      )
    return {
      inputs: inOrder(`${what}: xs`, xs, model.inputNames),
      targets: inOrder(`${what}: ys`, ys, model.outputNames),
    }
  }
