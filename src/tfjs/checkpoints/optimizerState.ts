import type * as tf from '@tensorflow/tfjs'
import { tensorOf, tidy } from '../engine.js'

/**
 * Everything that an optimizer has in mind, by its own fields. tfjs' getWeights is not enough: Adamax has none, Adam's leaves
 * out its running products, which setWeights then computes a little differently, and each call leaks a tensor.
 */

/** Lists of moments, one for each trainable variable; an optimizer has one to three of them. */
const momentFields = [
  'accumulations',
  'accumulatedGrads',
  'accumulatedUpdates',
  'accumulatedFirstMoment',
  'accumulatedSecondMoment',
  'accumulatedWeightedInfNorm',
  'accumulatedMeanSquares',
  'accumulatedMoments',
  'accumulatedMeanGrads',
] as const

/** Running scalars of Adam and Adamax. */
const scalarFields = ['accBeta1', 'accBeta2', 'iteration'] as const

interface Moment {
  readonly originalName: string
  readonly variable: tf.Variable
}

type Insides = {
  [F in (typeof momentFields)[number]]?: Array<Moment | undefined>
} & { [F in (typeof scalarFields)[number]]?: tf.Variable } & { iterations_?: number }

/** Where one piece of the state belongs. */
export interface Slot {
  readonly field: string
  /** position in a list of moments; null for a scalar */
  readonly index: number | null
  readonly name: string
  readonly shape: ReadonlyArray<number>
}

export interface OptimizerState {
  /** tfjs' name of the class */
  readonly optimizer: string
  readonly iterations: number
  readonly slots: ReadonlyArray<Slot>
  /** float32 of all slots, one behind another */
  readonly values: Float32Array
}

const sizeOf = (shape: ReadonlyArray<number>): number => shape.reduce((size, n) => size * n, 1)

/** Reads an optimizer's state. Makes no tensor. */
export const optimizerStateOf = async (optimizer: tf.Optimizer): Promise<OptimizerState> => {
  const insides = optimizer as unknown as Insides
  const variables: Array<Slot & { readonly variable: tf.Variable }> = []
  for (const field of momentFields)
    insides[field]?.forEach((moment, index) => {
      if (!moment) return
      const { originalName: name, variable } = moment
      variables.push({ field, index, name, shape: variable.shape, variable })
    })
  for (const field of scalarFields) {
    const variable = insides[field]
    if (variable) variables.push({ field, index: null, name: field, shape: variable.shape, variable })
  }
  const data = await Promise.all(variables.map(({ variable }) => variable.data()))
  const values = new Float32Array(variables.reduce((size, { shape }) => size + sizeOf(shape), 0))
  let at = 0
  for (const part of data) {
    values.set(part, at)
    at += part.length
  }
  return {
    optimizer: optimizer.getClassName(),
    iterations: insides.iterations_ ?? 0,
    slots: variables.map(({ field, index, name, shape }) => ({ field, index, name, shape })),
    values,
  }
}

const known: ReadonlySet<string> = new Set([...momentFields, ...scalarFields])

/** Throws where the class is another, or where the state is not whole. */
export const mustFit = (optimizer: tf.Optimizer, { optimizer: name, slots, values }: OptimizerState): void => {
  const own = optimizer.getClassName()
  if (own !== name) throw new Error(`it is the state of optimizer '${name}', and the model has '${own}'`)
  const expected = slots.reduce((size, { shape }) => size + sizeOf(shape), 0)
  const stranger = slots.find(({ field }) => !known.has(field) || !(field in optimizer))
  if (stranger !== undefined) throw new Error(`optimizer '${own}' has no '${stranger.field}'`)
  if (expected !== values.length)
    throw new Error(`its optimizer state takes ${expected} numbers, there are ${values.length}`)
}

/** Puts a state that fits into an optimizer, bit for bit, and disposes of what it had before. */
export const putOptimizerState = (optimizer: tf.Optimizer, { iterations, slots, values }: OptimizerState): void => {
  const insides = optimizer as unknown as Insides
  for (const field of momentFields) {
    if (!insides[field]) continue
    for (const moment of insides[field]) moment?.variable.dispose()
    insides[field] = []
  }
  let at = 0
  tidy(() => {
    for (const { field, index, name: originalName, shape } of slots) {
      const size = sizeOf(shape)
      const value = tensorOf(values.slice(at, at + size), { dtype: 'float32', shape })
      at += size
      // a tidy spares variables
      if (index === null) insides[field as (typeof scalarFields)[number]]?.assign(value)
      else
        (insides[field as (typeof momentFields)[number]] ?? [])[index] = {
          originalName,
          variable: value.variable(false),
        }
    }
  })
  insides.iterations_ = iterations
}
