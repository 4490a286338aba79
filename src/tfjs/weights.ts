import type * as tf from '@tensorflow/tfjs'
import type { TrackedAverage } from '../runtime/interpret.js'
import { keep, tidy } from './engine.js'
import type { Gradients } from './gradients/gradients.js'
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
  /** what the slots hold, and what is done for them, to be put back in another process */
  readonly state: () => Stored<SlotsState>
  readonly putState: (stored: Stored<SlotsState>) => void
  /** does something with the model's own weights in the model, also while others are swapped in */
  readonly unswapped: <A>(task: () => Promise<A>) => Promise<A>
  /** `failed`: weights that were swapped out for a while come back first */
  readonly dispose: (failed: boolean) => void
}

/**
 * A variable and the value that is kept for it. By variable, not by position: freezing a layer moves its weights to another
 * place in `getWeights`.
 */
type Kept = Map<Variable, tf.Tensor>

/** What a part of a run has in mind: JSON, and tensors in an order that the JSON tells. */
export interface Stored<I> {
  readonly info: I
  readonly tensors: ReadonlyArray<tf.Tensor>
}

export interface SlotsState {
  /** each with the positions of its variables among all */
  readonly slots: ReadonlyArray<{ readonly name: string; readonly variables: ReadonlyArray<number> }>
  readonly tracked: ReadonlyArray<TrackedAverage & { readonly steps: number }>
  readonly swapped: string | null
}

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
  /** averages that each step of the optimizer adds to, and how many it has had */
  const tracked = new Map<string, { readonly average: TrackedAverage; steps: number }>()
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
  const follow = (tracking: TrackedAverage, steps: number): void => {
    if (tracked.size === 0)
      gradients.afterStep(() => {
        for (const one of tracked.values()) update(one)
      })
    tracked.set(tracking.slot, { average: tracking, steps })
  }
  const update = (one: { readonly average: TrackedAverage; steps: number }): void => {
    const { slot, decay, every, buffers, overwriteEvery } = one.average
    if (one.steps % every === 0) average(slot, one.steps === 0 ? 1 : 1 - decay, buffers)
    one.steps += 1
    if (overwriteEvery !== null && one.steps % overwriteEvery === 0) restore(slot)
  }
  return {
    snapshot: (slot) => {
      put(slot, copies(all()))
    },
    restore,
    average,
    track: (tracking) => {
      // empty until the first step: swapping it until then changes nothing
      put(tracking.slot, new Map())
      follow(tracking, 0)
    },
    swap,
    state: () => {
      const positions = new Map(all().map((variable, i) => [variable, i]))
      const kept = [...slots].map(([name, values]) => ({
        name,
        entries: [...values].map(([variable, tensor]) => [positions.get(variable) ?? -1, tensor] as const),
      }))
      return {
        info: {
          slots: kept.map(({ name, entries }) => ({ name, variables: entries.map(([position]) => position) })),
          tracked: [...tracked.values()].map(({ average: { slot, decay, every, buffers, overwriteEvery }, steps }) => ({
            ...{ slot, decay, every, buffers, overwriteEvery },
            steps,
          })),
          swapped: swapped ?? null,
        },
        tensors: kept.flatMap(({ entries }) => entries.map(([, tensor]) => tensor)),
      }
    },
    putState: ({ info, tensors }) => {
      const variables = all()
      let at = 0
      for (const { name, variables: positions } of info.slots) {
        const kept: Kept = new Map()
        for (const position of positions) {
          const variable = variables[position]
          const tensor = tensors[at]
          at += 1
          if (variable && tensor) kept.set(variable, keep(tensor.clone()))
        }
        put(name, kept)
      }
      for (const { steps, ...tracking } of info.tracked) follow(tracking, steps)
      if (info.swapped !== null) swap(info.swapped)
    },
    unswapped: async (task) => {
      const slot = swapped
      if (slot === undefined) return task()
      swap(slot)
      try {
        return await task()
      } finally {
        swap(slot)
      }
    },
    dispose: (failed) => {
      if (failed && swapped !== undefined) swap(swapped)
      slots.forEach(release)
      slots.clear()
      swapped = undefined
    },
  }
}
