import * as v from 'valibot'
import type { Predictions } from '../dsl/Picture.js'
import { positive, text as word, whole } from '../dsl/Options.js'
import { rangeOf, type Range } from '../dsl/ticks.js'
import { axes, widened } from './axes.js'
import { black, colourOf, disc, fillRect, mix, white } from './Canvas.js'
import { classesOf } from './classes.js'
import { only, present, type Drawing } from './Drawing.js'

/** Pixels, large enough for its axes. */
export const pixels = v.pipe(whole, v.minValue(120, 'must be 120 or more'), v.maxValue(4000, 'must be at most 4000'))

export const decisionBoundarySchema = v.strictObject({
  resolution: v.optional(
    v.pipe(positive, v.minValue(2, 'must be 2 or more'), v.maxValue(1000, 'must be at most 1000')),
    60,
  ),
  width: v.optional(pixels, 400),
  height: v.optional(pixels, 400),
  output: v.optional(word),
})

const rangesOf = ({ inputs }: Predictions): readonly [Range, Range] => {
  const { rows, name } = only('input', inputs, undefined)
  const [first] = rows
  if (first?.length !== 2)
    throw new Error(`a decision boundary is drawn over two numbers a sample; '${name}' has ${first?.length ?? 0}`)
  const of = (i: number): Range => widened(rangeOf(rows.map((row) => row[i] as number)), 0.1)
  return [of(0), of(1)]
}

/** The middle of each of so many steps of a range. */
const steps = ({ min, max }: Range, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, i) => min + ((i + 0.5) / count) * (max - min))

/** What the model would say all over a plane, in the colour of the class and paler where it is less sure; the samples as dots. */
export const decisionBoundary = ({
  resolution,
  width,
  height,
  output,
}: v.InferOutput<typeof decisionBoundarySchema>): Drawing => ({
  of: 'predictions',
  most: Infinity,
  probe: (predictions) => {
    const [xs, ys] = rangesOf(predictions)
    return steps(ys, resolution).flatMap((y) => steps(xs, resolution).map((x) => [x, y]))
  },
  draw: ({ title, predictions, probed }) => {
    const seen = present(predictions, 'predictions')
    const said = only('output', present(probed, 'predictions of the plane'), output)
    const [xs, ys] = rangesOf(seen)
    const plot = axes(title, xs, ys, { width, height })
    const classes = classesOf(said, 'prediction')
    const [across, down] = [plot.width / resolution, plot.height / resolution]
    classes.forEach((label, i) => {
      const row = said.rows[i] as ArrayLike<number>
      const p = row.length > 1 ? (row[label] as number) : label === 1 ? (row[0] as number) : 1 - (row[0] as number)
      // 1 is certain, an equal share of each is a guess
      const guess = 1 / Math.max(2, row.length)
      const sure = (p - guess) / (1 - guess)
      const [x, y] = [i % resolution, Math.floor(i / resolution)]
      // edges, not sizes, are rounded: neighbours leave no gap
      const [left, right] = [Math.round(plot.left + x * across), Math.round(plot.left + (x + 1) * across)]
      const [top, bottom] = [resolution - y - 1, resolution - y].map((row) => Math.round(plot.top + row * down)) as [
        number,
        number,
      ]
      fillRect(plot.on, left, top, right - left, bottom - top, mix(white, colourOf(label), 0.1 + 0.45 * sure))
    })
    const truth = classesOf(only('output', seen.truth, said.name), 'truth')
    only('input', seen.inputs, undefined).rows.forEach((row, i) => {
      const [x, y] = [plot.x(row[0] as number), plot.y(row[1] as number)]
      disc(plot.on, x, y, 3, black)
      disc(plot.on, x, y, 2, colourOf(truth[i] as number))
    })
    return plot.on
  },
})
