import type * as tf from '@tensorflow/tfjs'
import { tidy } from '../engine.js'
import { permutation } from '../random.js'
import { rowsOf, type Dataset, type Tensors } from '../batches.js'

/** Where training stands: the epoch under way, and its batches that are done. */
export interface Place {
  readonly epoch: number
  readonly batch: number
  /** nothing more is trained in this epoch */
  readonly over: boolean
}

/** Data to train on from any place. */
export interface Ordered {
  readonly dataset: Dataset
  readonly steps: number | null
  readonly samples: number | null
  readonly batchSize: number | null
  /** gives back what tfjs hasn't */
  readonly dispose: () => void
}

type Element = { readonly xs: Tensors; readonly ys: Tensors }
type Next = { readonly value: Element | null; readonly done: boolean }
const ended: Next = { value: null, done: true }

/** As much of a dataset as fitDataset asks for. */
const datasetOf = (size: number, iterator: () => () => Promise<Next>): Dataset => {
  const dataset: unknown = { size, iterator: () => Promise.resolve({ next: iterator() }) }
  return dataset as Dataset
}

/**
 * Tensors in batches, in an order that depends on seed and epoch alone (`seed` undefined: as they stand). tfjs' own shuffling goes
 * on from epoch to epoch and takes its numbers from Math.random: no other process could repeat it.
 */
export const orderedTensors = (
  inputs: ReadonlyArray<tf.Tensor>,
  targets: ReadonlyArray<tf.Tensor>,
  options: { readonly batchSize: number; readonly seed: number | undefined; readonly place: () => Place },
): Ordered => {
  const { batchSize, seed, place } = options
  const rows = rowsOf('fit', [...inputs, ...targets])
  const steps = Math.ceil(rows / batchSize)
  let given: ReadonlyArray<tf.Tensor> = []
  const dispose = (): void => {
    for (const tensor of given) if (!tensor.isDisposed) tensor.dispose()
    given = []
  }
  const batch = (start: number, order: Int32Array | undefined): Element => {
    const size = Math.min(batchSize, rows - start)
    const cut = (tensor: tf.Tensor): tf.Tensor =>
      order ? tensor.gather(order.subarray(start, start + size)) : tensor.slice(start, size)
    const [xs, ys] = tidy(() => [inputs.map(cut), targets.map(cut)] as const)
    given = [...xs, ...ys]
    return { xs, ys }
  }
  const iterator = (): (() => Promise<Next>) => {
    let at: number | undefined
    let order: Int32Array | undefined
    // tfjs asks for one iterator before the first epoch: only when it asks for a batch does an epoch begin
    const next = (): Next => {
      dispose()
      const { epoch, batch: done, over } = place()
      if (over) return ended
      if (at === undefined) {
        at = done
        order = seed === undefined ? undefined : permutation(rows, seed, epoch)
      }
      if (at >= steps) return ended
      const value = batch(at * batchSize, order)
      at += 1
      return { value, done: false }
    }
    return () => Promise.resolve().then(next)
  }
  return { dataset: datasetOf(steps, iterator), steps, samples: rows, batchSize, dispose }
}

interface Source {
  readonly next: () => Promise<Next>
}

/**
 * A dataset from any place on: elements that were trained on are passed over. tfjs makes an iterator for each epoch and one
 * before them, and with `batchesPerEpoch` a single one for all; a dataset that counts its iterators (tf.data's seeded shuffle)
 * gives the same elements again if it was made anew.
 */
export const orderedDataset = (
  dataset: Dataset,
  options: {
    readonly batchesPerEpoch: number | undefined
    readonly first: number
    readonly place: () => Place
    readonly warn: (message: string) => void
  },
): Ordered => {
  const { batchesPerEpoch, first, place, warn } = options
  const fresh = async (): Promise<Source> => (await dataset.iterator()) as unknown as Source
  let given: unknown = null
  const disposeOf = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    const { isDisposed, dispose } = value as { readonly isDisposed?: boolean; readonly dispose?: () => void }
    if (typeof dispose === 'function' && typeof isDisposed === 'boolean') {
      if (!isDisposed) dispose.call(value)
    } else Object.values(value).forEach(disposeOf)
  }
  const skip = async (source: Source, count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      const { value, done } = await source.next()
      if (done) return
      disposeOf(value)
    }
  }
  let single: Source | undefined
  let begun = false
  /** The source of an epoch's batches, those that are done passed over. */
  const sourceFor = async ({ epoch, batch }: Place): Promise<Source> => {
    const before = begun ? 0 : epoch - first
    const isFirst = !begun
    begun = true
    if (batchesPerEpoch !== undefined) {
      if (!single) {
        single = await fresh()
        await skip(single, before * batchesPerEpoch + batch)
      }
      return single
    }
    // the one that tfjs makes before the first epoch, and those of the epochs before
    if (isFirst) for (let i = 0; i <= before; i += 1) await fresh()
    const source = await fresh()
    await skip(source, batch)
    return source
  }
  const iterator = (): (() => Promise<Next>) => {
    let source: Source | undefined
    let at = 0
    return async () => {
      disposeOf(given)
      given = null
      const where = place()
      if (where.over) return ended
      if (!source) {
        source = await sourceFor(where)
        at = where.batch
      }
      if (batchesPerEpoch !== undefined && at >= batchesPerEpoch) return ended
      const next = await source.next()
      if (next.done && batchesPerEpoch !== undefined)
        warn(`fit: the dataset ended after ${at} of ${batchesPerEpoch} batches of an epoch; repeat() makes it go on`)
      if (!next.done) at += 1
      given = next.value
      return next
    }
  }
  const size = batchesPerEpoch ?? dataset.size
  return {
    dataset: datasetOf(size, iterator),
    steps: Number.isFinite(size) ? size : null,
    samples: null,
    batchSize: null,
    dispose: () => {
      disposeOf(given)
    },
  }
}
