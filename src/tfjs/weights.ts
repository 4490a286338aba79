import type * as tf from '@tensorflow/tfjs'

/**
 * Copies of weights by slot. A clone shares its data until training writes new data, so a snapshot costs no memory at first;
 * each slot holds one, and `dispose` is called whatever ended the fit.
 */
export interface WeightSlots {
  readonly snapshot: (slot: string) => void
  readonly restore: (slot: string) => void
  readonly dispose: () => void
}

/** `live` gives the weights in use (tfjs' getWeights does, whatever its own documentation says), `put` replaces them. */
export const weightSlots = (
  live: () => ReadonlyArray<tf.Tensor>,
  put: (weights: ReadonlyArray<tf.Tensor>) => void,
): WeightSlots => {
  const slots = new Map<string, ReadonlyArray<tf.Tensor>>()
  const release = (slot: string): void => {
    slots.get(slot)?.forEach((tensor) => {
      tensor.dispose()
    })
    slots.delete(slot)
  }
  return {
    snapshot: (slot) => {
      const copies = live().map((weight) => weight.clone())
      release(slot)
      slots.set(slot, copies)
    },
    restore: (slot) => {
      const kept = slots.get(slot)
      if (!kept)
        throw new Error(`no weights were kept in slot '${slot}'; there is ${[...slots.keys()].join(', ') || 'none'}`)
      put(kept)
    },
    dispose: () => {
      ;[...slots.keys()].forEach(release)
    },
  }
}
