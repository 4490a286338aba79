import type * as tf from '@tensorflow/tfjs'
import type { TrackedAverage } from '../runtime/interpret.js'
import { keep, tidy } from './engine.js'
import type { Gradients } from './gradients.js'
import type { Variable } from './layers.js'

/**
 * Copies of weights by slot. A clone shares its data until training writes new data, so a snapshot costs no memory
 * at first; each slot holds one, and `dispose` is called whatever ended the fit.
 */
export interface WeightSlots {
  readonly snapshot: (slot: string) => void
  readonly restore: (slot: string) => void
  readonly average: (slot: string, share: number, buffers: boolean) => void
  readonly track: (average: TrackedAverage) => void
  readonly swap: (slot: string) => void
  /** `failed`: weights that were swapped out for a while come back first */
  readonly dispose: (failed: boolean) => void
}

/**
 * A variable and the value that is kept for it. By variable, not by position: freezing a layer moves its weights to another
 * place in `getWeights`.
 */
type Kept = Map<Variable, tf.Tensor>

/** Safe from any `tidy` around it. */
const copy = (variable: Variable): tf.Tensor => keep(variable.clone())

const copies = (variables: ReadonlyArray<Variable>): Kept =>
  new Map(variables.map((variable) => [variable, copy(variable)]))

const release = (kept: Kept | undefined): void => {
  for (const tensor of kept?.values() ?? []) tensor.dispose()
}

/** The variables in use. */
export interface Weights {
  readonly all: () => ReadonlyArray<Variable>
  /** those that gradients teach */
  readonly trainable: () => ReadonlyArray<Variable>
}

export const weightSlots = ({ all, trainable }: Weights, gradients: Gradients): WeightSlots => {
  const slots = new Map<string, Kept>()
  /** what is done for each slot after a step of the optimizer */
  const tracked = new Map<string, () => void>()
  /** slot whose weights are in the model, while it holds the model's */
  let swapped: string | undefined

  const put = (slot: string, kept: Kept): void => {
    release(slots.get(slot))
    slots.set(slot, kept)
  }
  const find = (slot: string): Kept => {
    const kept = slots.get(slot)
    if (kept) return kept
    throw new Error(`no weights were kept in slot '${slot}'; there is ${[...slots.keys()].join(', ') || 'none'}`)
  }
  const average = (slot: string, share: number, buffers: boolean): void => {
    const variables = buffers ? all() : trainable()
    const kept = slots.get(slot)
    if (share === 1 || !kept || kept.size === 0) {
      put(slot, copies(variables))
      return
    }
    for (const variable of variables) {
      const before = kept.get(variable)
      const after = before
        ? tidy<tf.Tensor>(() => keep(before.mul(1 - share).add(variable.mul(share))))
        : copy(variable)
      kept.set(variable, after)
      before?.dispose()
    }
  }
  const restore = (slot: string): void => {
    for (const [variable, tensor] of find(slot)) variable.assign(tensor)
  }
  const swap = (slot: string): void => {
    const kept = find(slot)
    if (swapped !== undefined && swapped !== slot)
      throw new Error(`the weights of slot '${swapped}' are in the model already; let one policy swap at a time`)
    swapped = swapped === undefined ? slot : undefined
    for (const [variable, tensor] of kept) {
      kept.set(variable, copy(variable))
      variable.assign(tensor)
      tensor.dispose()
    }
  }
  return {
    snapshot: (slot) => {
      put(slot, copies(all()))
    },
    restore,
    average,
    track: ({ slot, decay, every, buffers, overwriteEvery }) => {
      let steps = 0
      // empty until the first step: swapping it until then changes nothing
      put(slot, new Map())
      if (tracked.size === 0)
        gradients.afterStep(() => {
          for (const update of tracked.values()) update()
        })
      tracked.set(slot, () => {
        if (steps % every === 0) average(slot, steps === 0 ? 1 : 1 - decay, buffers)
        steps += 1
        if (overwriteEvery !== null && steps % overwriteEvery === 0) restore(slot)
      })
    },
    swap,
    dispose: (failed) => {
      if (failed && swapped !== undefined) swap(swapped)
      slots.forEach(release)
      slots.clear()
      swapped = undefined
    },
  }
}
