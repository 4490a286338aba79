import type { Pixels } from './SummaryWriter.js'

/** A weight of a model as numbers. */
export interface WeightValues {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  readonly values: ArrayLike<number>
}

/** TensorBoard shows three images of a step. */
const most = 3

/** From 0 to 1, as TensorFlow makes bytes of them. */
const toByte = (x: number): number => Math.max(0, Math.min(255, Math.trunc(x * 255.5)))

/**
 * A weight as grey images, as Keras makes them: a bias is a column, a kernel of a dense layer an image that is broader than high,
 * one of a convolution of one dimension an image a filter. Dimensions of 1 don't count. None for other shapes.
 */
export const weightImages = ({ shape, values }: WeightValues): ReadonlyArray<Pixels> => {
  const sizes = shape.filter((size) => size !== 1)
  const grey = (width: number, height: number, at: (x: number, y: number) => number): Pixels => ({
    width,
    height,
    channels: 1,
    data: Uint8Array.from({ length: width * height }, (_, i) =>
      toByte(values[at(i % width, Math.floor(i / width))] as number),
    ),
  })
  const [a = 0, b = 0, c = 0] = sizes
  if (sizes.length === 1) return [grey(1, a, (_, y) => y)]
  if (sizes.length === 2) return [a > b ? grey(a, b, (x, y) => x * b + y) : grey(b, a, (x, y) => y * b + x)]
  if (sizes.length !== 3) return []
  return Array.from({ length: Math.min(c, most) }, (_, filter) => grey(b, a, (x, y) => (y * b + x) * c + filter))
}
