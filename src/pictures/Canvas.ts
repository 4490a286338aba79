import type { Picture } from '../dsl/Picture.js'

/** A picture that is being drawn; what lies outside of it is left out. */
export interface Canvas extends Picture {
  readonly rgba: Uint8ClampedArray
}

/** Red, green and blue, from 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number]

export const white: Colour = [255, 255, 255]
export const black: Colour = [0, 0, 0]
export const ink: Colour = [40, 44, 52]
export const soft: Colour = [150, 155, 163]
export const faint: Colour = [226, 229, 233]
export const red: Colour = [200, 30, 30]

/** Colours that can be told apart, for classes and for curves; they repeat. */
const distinct: ReadonlyArray<Colour> = [
  [47, 111, 222],
  [217, 72, 15],
  [26, 127, 69],
  [142, 68, 173],
  [179, 38, 30],
  [11, 114, 133],
  [154, 103, 0],
  [194, 37, 92],
  [92, 104, 116],
  [102, 60, 30],
]

export const colourOf = (i: number): Colour => distinct[i % distinct.length] as Colour

/** From one colour (0) to another (1). */
export const mix = (from: Colour, to: Colour, share: number): Colour => {
  const s = Math.min(1, Math.max(0, share))
  const part = (i: 0 | 1 | 2): number => Math.round(from[i] + (to[i] - from[i]) * s)
  return [part(0), part(1), part(2)]
}

/** 256 MB of memory, and no screen shows as much. */
const mostPixels = 2 ** 26

export const canvas = (width: number, height: number, colour: Colour = white): Canvas => {
  if (width * height > mostPixels)
    throw new Error(`a picture of ${width} x ${height} is too large: at most ${mostPixels} pixels are drawn`)
  const made = { width, height, rgba: new Uint8ClampedArray(4 * width * height).fill(255) }
  if (colour !== white) fillRect(made, 0, 0, width, height, colour)
  return made
}

export const plot = ({ width, height, rgba }: Canvas, x: number, y: number, [r, g, b]: Colour): void => {
  const [column, row] = [Math.round(x), Math.round(y)]
  if (column < 0 || column >= width || row < 0 || row >= height) return
  const at = 4 * (row * width + column)
  rgba[at] = r
  rgba[at + 1] = g
  rgba[at + 2] = b
  rgba[at + 3] = 255
}

export const fillRect = (on: Canvas, x: number, y: number, width: number, height: number, colour: Colour): void => {
  const [left, top] = [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))]
  const [right, bottom] = [Math.min(on.width, Math.round(x + width)), Math.min(on.height, Math.round(y + height))]
  for (let row = top; row < bottom; row += 1)
    for (let column = left; column < right; column += 1) plot(on, column, row, colour)
}

/** The edge of a rectangle, one pixel wide, inside of it. */
export const strokeRect = (on: Canvas, x: number, y: number, width: number, height: number, colour: Colour): void => {
  fillRect(on, x, y, width, 1, colour)
  fillRect(on, x, y + height - 1, width, 1, colour)
  fillRect(on, x, y, 1, height, colour)
  fillRect(on, x + width - 1, y, 1, height, colour)
}

/** A line from one point to another, `thick` pixels wide. */
export const line = (
  on: Canvas,
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  colour: Colour,
  thick = 1,
): void => {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x2 - x1), Math.abs(y2 - y1))))
  const half = (thick - 1) / 2
  for (let i = 0; i <= steps; i += 1)
    fillRect(on, x1 + ((x2 - x1) * i) / steps - half, y1 + ((y2 - y1) * i) / steps - half, thick, thick, colour)
}

export const disc = (on: Canvas, x: number, y: number, radius: number, colour: Colour): void => {
  for (let dy = -radius; dy <= radius; dy += 1)
    for (let dx = -radius; dx <= radius; dx += 1)
      if (dx * dx + dy * dy <= radius * radius + radius * 0.5) plot(on, Math.round(x) + dx, Math.round(y) + dy, colour)
}

/** A picture on paper of that size, from its upper left corner on: filled up, or cut off. */
export const sized = (picture: Picture, { width, height }: Pick<Picture, 'width' | 'height'>): Picture => {
  if (picture.width === width && picture.height === height) return picture
  const on = canvas(width, height)
  const across = 4 * Math.min(width, picture.width)
  for (let y = 0; y < Math.min(height, picture.height); y += 1)
    on.rgba.set(picture.rgba.subarray(4 * y * picture.width, 4 * y * picture.width + across), 4 * y * width)
  return on
}
