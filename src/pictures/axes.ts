import { tickLabel, ticks, type Range } from '../dsl/ticks.js'
import { canvas, faint, fillRect, ink, soft, strokeRect, type Canvas } from './Canvas.js'
import { fitted, lineHeight, text, textWidth } from './font.js'

/** How large a plot is, in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** A plot with its axes drawn: where its numbers are, in pixels. */
export interface Axes {
  readonly on: Canvas
  readonly x: (value: number) => number
  readonly y: (value: number) => number
  /** the inside: its upper left corner and its size */
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const place =
  ({ min, max }: Range, from: number, length: number) =>
  (value: number): number =>
    // halved first: the range of two huge numbers may not be finite
    from + ((value / 2 - min / 2) / (max / 2 - min / 2)) * length

/** A little more than a range, so that nothing lies on the edge. */
export const widened = ({ min, max }: Range, by = 0.05): Range => {
  const pad = (max / 2 - min / 2) * 2 * by
  return Number.isFinite(pad) ? { min: min - pad, max: max + pad } : { min, max }
}

/** An empty plot: a title, a grid, numbers at its left and below. */
export const axes = (title: string, xs: Range, ys: Range, { width, height }: Size, below = 0): Axes => {
  const on = canvas(width, height)
  const [levels, columns] = [
    ticks(ys, Math.max(2, Math.floor(height / 50))),
    ticks(xs, Math.max(2, Math.floor(width / 80))),
  ]
  const left = Math.max(...levels.map((level) => textWidth(tickLabel(level))), 12) + 10
  const top = lineHeight + 8
  const [inside, high] = [width - left - 10, height - top - lineHeight - 8 - below]
  const x = place(xs, left, inside - 1)
  const y = place({ min: ys.max, max: ys.min }, top, high - 1)
  text(on, fitted(title, width - 12), 6, 5, ink)
  for (const level of levels) {
    fillRect(on, left, y(level), inside, 1, faint)
    text(on, tickLabel(level), left - 5 - textWidth(tickLabel(level)), Math.round(y(level)) - 3, soft)
  }
  for (const column of columns) {
    fillRect(on, x(column), top, 1, high, faint)
    const label = tickLabel(column)
    text(
      on,
      label,
      Math.min(width - textWidth(label) - 2, Math.round(x(column) - textWidth(label) / 2)),
      top + high + 5,
      soft,
    )
  }
  strokeRect(on, left - 1, top - 1, inside + 2, high + 2, soft)
  return { on, x, y, left, top, width: inside, height: high }
}
