import type * as tf from '@tensorflow/tfjs'
import { keep } from '../engine.js'
import type { Gradient, Gradients } from './gradients.js'
import type { Stored } from '../weights.js'

/** Gradients of several batches, for one step of the optimizer. */
export interface Accumulation {
  readonly set: (batches: number, remainder: 'mean' | 'share') => void
  /** `batches`: how many the epoch will have, where that is known */
  readonly beginEpoch: (batches: number | null) => void
  /** applies what is left over; where the epoch's length is known that was done at its last batch */
  readonly endEpoch: () => void
  /** `names` of the variables that learn: in another process they may be others, in the same order */
  readonly state: (names: ReadonlyArray<string>) => Stored<AccumulationState>
  readonly putState: (stored: Stored<AccumulationState>, names: ReadonlyArray<string>) => void
  readonly dispose: () => void
}

/** Where a round stands; variables by their position among those that learn. */
export interface AccumulationState {
  readonly wanted: number
  readonly remainder: 'mean' | 'share'
  readonly gathered: number
  /** batches of this epoch so far, and which is its last */
  readonly batch: number
  readonly last: number | null
  readonly latest: ReadonlyArray<number>
  readonly sums: ReadonlyArray<number>
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
  const use = (): void => {
    if (used || (wanted === 1 && gathered === 0)) return
    used = true
    gradients.use('gather', gather)
  }
  return {
    set: (batches, rest) => {
      wanted = batches
      remainder = rest
      use()
    },
    state: (names) => {
      // what a round was gathered of matters only while it lasts
      const at = (name: string): number => names.indexOf(name)
      return {
        info: {
          ...{ wanted, remainder, gathered, batch, last },
          latest: gathered > 0 ? latest.map(({ name }) => at(name)) : [],
          sums: [...sums.keys()].map(at),
        },
        tensors: [...sums.values()],
      }
    },
    putState: ({ info, tensors }, names) => {
      forget()
      const named = (position: number): string => names[position] ?? ''
      ;({ wanted, remainder, gathered, batch, last } = info)
      latest = info.latest.map((position) => ({ name: named(position), tensor: undefined }))
      info.sums.forEach((position, i) => {
        const sum = tensors[i]
        if (sum) sums.set(named(position), keep(sum.clone()))
      })
      use()
    },
    beginEpoch: (batches) => {
      batch = 0
      last = batches
    },
    endEpoch: release,
    dispose: forget,
  }
}
