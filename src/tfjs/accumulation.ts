import type * as tf from '@tensorflow/tfjs'
import { keep } from './engine.js'
import type { Gradient, Gradients } from './gradients.js'

/** Gradients of several batches, for one step of the optimizer. */
export interface Accumulation {
  readonly set: (batches: number, remainder: 'mean' | 'share') => void
  /** `batches`: how many the epoch will have, where that is known */
  readonly beginEpoch: (batches: number | null) => void
  /** applies what is left over; where the epoch's length is known that was done at its last batch */
  readonly endEpoch: () => void
  readonly dispose: () => void
}

export const accumulation = (gradients: Gradients): Accumulation => {
  const sums = new Map<string, tf.Tensor>()
  let latest: ReadonlyArray<Gradient> = []
  let [gathered, wanted, batch] = [0, 1, 0]
  let last: number | null = null
  let remainder: 'mean' | 'share' = 'mean'
  let used = false

  const forget = (): void => {
    for (const sum of sums.values()) sum.dispose()
    sums.clear()
    gathered = 0
  }
  const take = (given: ReadonlyArray<Gradient>): void => {
    for (const { name, tensor } of given) {
      if (!tensor) continue
      const before = sums.get(name)
      // a clone shares its data: the first batch of a round is not copied
      sums.set(name, keep(before ? before.add(tensor) : tensor.clone()))
      before?.dispose()
    }
    latest = given
    gathered += 1
  }
  /** The gathered gradients as one batch's, in the order that the optimizer counts on. */
  const mean = (): ReadonlyArray<Gradient> => {
    const count = remainder === 'share' ? Math.max(wanted, gathered) : gathered
    const round = latest.map(({ name }) => ({ name, tensor: sums.get(name)?.div(count) }))
    forget()
    return round
  }
  const gather = (given: ReadonlyArray<Gradient>): ReadonlyArray<Gradient> | undefined => {
    batch += 1
    if (wanted === 1 && gathered === 0) return given
    take(given)
    return gathered >= wanted || batch === last ? mean() : undefined
  }
  const release = (): void => {
    if (gathered > 0) gradients.step(mean)
  }
  return {
    set: (batches, rest) => {
      wanted = batches
      remainder = rest
      if (used || batches === 1) return
      used = true
      gradients.use('gather', gather)
    },
    beginEpoch: (batches) => {
      batch = 0
      last = batches
    },
    endEpoch: release,
    dispose: forget,
  }
}
