import type * as tf from '@tensorflow/tfjs'
import { tidy } from '../engine.js'

/** A variable's gradient; none where its layer is frozen or has no part in the loss. */
export interface Gradient {
  readonly name: string
  readonly tensor: tf.Tensor | null | undefined
}

/**
 * What is done with a batch's gradients before the optimizer gets them; undefined: the optimizer doesn't step this time. It is
 * called inside a `tidy`: what is to outlive the batch must be kept.
 */
export type Transform = (gradients: ReadonlyArray<Gradient>) => ReadonlyArray<Gradient> | undefined

/**
 * The order in which transforms work, whenever they were added: gradients are gathered, looked at as they are, changed, and looked
 * at as the optimizer gets them.
 */
const stages = ['gather', 'raw', 'change', 'look'] as const
export type Stage = (typeof stages)[number]

/** Between the model's gradients and its optimizer. */
export interface Gradients {
  readonly use: (stage: Stage, transform: Transform) => void
  /** is called when the optimizer has stepped */
  readonly afterStep: (f: () => void) => void
  /** lets the optimizer step with gradients that were gathered */
  readonly step: (gathered: () => ReadonlyArray<Gradient>) => void
  /** looks whether the model still has the optimizer that it had */
  readonly check: () => void
  readonly dispose: () => void
}

type Given = Parameters<tf.Optimizer['applyGradients']>[0]

const listOf = (given: Given): ReadonlyArray<Gradient> =>
  Array.isArray(given) ? given : Object.entries(given).map(([name, tensor]) => ({ name, tensor }))

/** Somebody between the gradients and the optimizer: gets them, and hands on what it makes of them. */
interface Layer {
  readonly pass: (given: ReadonlyArray<Gradient>) => void
}

/** Who is there for an optimizer; the first is next to it. Several runs may come and go in any order. */
interface Cover {
  readonly layers: Array<Layer>
  /** hands gradients on from below that layer */
  readonly below: (layer: Layer) => (given: ReadonlyArray<Gradient>) => void
  readonly uncover: () => void
}

const covers = new WeakMap<tf.Optimizer, Cover>()

/**
 * Puts layers between a model's gradients and its optimizer: `minimize` of all seven optimizers calls `this.applyGradients`, so a
 * property of the optimizer itself covers the method of its class.
 */
const coverOf = (optimizer: tf.Optimizer): Cover => {
  const there = covers.get(optimizer)
  if (there) return there
  const layers: Array<Layer> = []
  // somebody may have put a function of their own there
  const before = Object.getOwnPropertyDescriptor(optimizer, 'applyGradients')
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the optimizer as `this`
  const original = optimizer.applyGradients
  const from = (i: number, given: ReadonlyArray<Gradient>): void => {
    const layer = layers[i]
    if (layer) layer.pass(given)
    else original.call(optimizer, given as Array<{ name: string; tensor: tf.Tensor }>)
  }
  const ours = (given: Given): void => {
    from(layers.length - 1, listOf(given))
  }
  optimizer.applyGradients = ours
  const cover: Cover = {
    layers,
    below: (layer) => (given) => {
      from(layers.indexOf(layer) - 1, given)
    },
    uncover: () => {
      covers.delete(optimizer)
      if (optimizer.applyGradients !== ours) return
      if (before) Object.defineProperty(optimizer, 'applyGradients', before)
      else Reflect.deleteProperty(optimizer, 'applyGradients')
    },
  }
  covers.set(optimizer, cover)
  return cover
}

/** Gradients of a model, once somebody wants something of them; `dispose` leaves the optimizer as it was. */
export const gradientsOf = (model: Pick<tf.LayersModel, 'optimizer'>): Gradients => {
  const transforms: Record<Stage, Array<Transform>> = { gather: [], raw: [], change: [], look: [] }
  const listeners: Array<() => void> = []
  let covered: { readonly optimizer: tf.Optimizer; readonly leave: () => void } | undefined
  let hand: (gradients: ReadonlyArray<Gradient>) => void = () => undefined

  const pass = (given: ReadonlyArray<Gradient>, through: ReadonlyArray<Stage>): void => {
    tidy(() => {
      let gradients: ReadonlyArray<Gradient> = given
      for (const transform of through.flatMap((stage) => transforms[stage])) {
        const changed = transform(gradients)
        if (changed === undefined) return
        gradients = changed
      }
      hand(gradients)
      for (const listener of listeners) listener()
    })
  }

  const cover = (): void => {
    const { optimizer } = model
    if (covered?.optimizer === optimizer) return
    covered?.leave()
    const own = coverOf(optimizer)
    const layer: Layer = {
      pass: (given) => {
        pass(given, stages)
      },
    }
    own.layers.push(layer)
    hand = own.below(layer)
    covered = {
      optimizer,
      leave: () => {
        own.layers.splice(own.layers.indexOf(layer), 1)
        if (own.layers.length === 0) own.uncover()
      },
    }
  }

  return {
    use: (stage, transform) => {
      transforms[stage].push(transform)
      cover()
    },
    afterStep: (f) => {
      listeners.push(f)
      cover()
    },
    step: (gathered) => {
      tidy(() => {
        pass(gathered(), stages.slice(1))
      })
    },
    check: () => {
      if (covered) cover()
    },
    dispose: () => {
      covered?.leave()
      covered = undefined
    },
  }
}
