import type * as tf from '@tensorflow/tfjs'
import type { ClippingMode } from '../../dsl/Command.js'
import type { Gradients } from './gradients.js'

/** Gradients are kept within limits on their way to the optimizer. */
export interface Clipping {
  readonly set: (mode: ClippingMode, limit: number | null) => void
  /** the limits in force, in the order in which they work */
  readonly state: () => ReadonlyArray<readonly [ClippingMode, number]>
}

type Clip = (gradients: ReadonlyArray<tf.Tensor>, limit: number) => ReadonlyArray<tf.Tensor>

const sumOfSquares = (tensor: tf.Tensor): tf.Tensor => tensor.square().sum()

/**
 * As Keras 3 computes them, operation by operation, so that what isn't finite goes the same way: a norm that is NaN makes its
 * gradients NaN; one that is infinite makes 0 of what is finite and NaN of the rest, but under 'global' NaN of everything.
 */
const clips: Readonly<Record<ClippingMode, Clip>> = {
  value: (gradients, limit) => gradients.map((gradient) => gradient.clipByValue(-limit, limit)),
  norm: (gradients, limit) =>
    gradients.map((gradient) => gradient.mul(limit).div(sumOfSquares(gradient).sqrt().maximum(limit))),
  global: (gradients, limit) => {
    const [first, ...rest] = gradients.map(sumOfSquares)
    if (!first) return gradients
    const norm = rest.reduce((sum, squares) => sum.add(squares), first).sqrt()
    const finite = norm
      .reciprocal()
      .minimum(1 / limit)
      .mul(limit)
    const scale = finite.add(norm.sub(norm))
    return gradients.map((gradient) => gradient.mul(scale))
  },
}

export const clipping = (gradients: Gradients): Clipping => {
  const limits = new Map<ClippingMode, number>()
  let used = false
  return {
    state: () => [...limits],
    set: (mode, limit) => {
      if (limit === null) limits.delete(mode)
      else limits.set(mode, limit)
      if (used || limit === null) return
      used = true
      gradients.use('change', (given) => {
        // frozen weights have none
        const there = given.filter(({ tensor }) => tensor)
        let tensors = there.map(({ tensor }) => tensor as tf.Tensor)
        for (const [each, most] of limits) tensors = [...clips[each](tensors, most)]
        const clipped = new Map(there.map(({ name }, i) => [name, tensors[i]]))
        return given.map(({ name, tensor }) => ({ name, tensor: clipped.get(name) ?? tensor }))
      })
    },
  }
}
