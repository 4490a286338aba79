import * as v from 'valibot'
import type { Predictions, Samples } from '../dsl/Picture.js'
import { text as word } from '../dsl/Options.js'
import { rangeOf } from '../dsl/ticks.js'
import { axes, widened } from './axes.js'
import { colourOf, disc, line, mix, soft, white } from './Canvas.js'
import { pixels } from './decisionBoundary.js'
import { only, present, type Drawing } from './Drawing.js'

export const regressionFitSchema = v.strictObject({
  width: v.optional(pixels, 480),
  height: v.optional(pixels, 360),
  output: v.optional(word),
})

const dots = 160

/** The one number of each sample. */
const numbers = ({ name, rows }: Samples): ReadonlyArray<number> => {
  const wide = rows[0]?.length ?? 0
  if (wide !== 1) throw new Error(`a regression fit is drawn of one number a sample; '${name}' has ${wide}`)
  return rows.map((row) => row[0] as number)
}

/** Whether the model's input is one number, so that its curve can be drawn over it. */
const isCurve = ({ inputs }: Predictions): boolean => inputs.length === 1 && inputs[0]?.rows[0]?.length === 1

const point = mix(white, colourOf(1), 0.75)

/**
 * A model of one number: its curve among the samples. Of more inputs: what it says over what is true; the better, the closer to
 * the diagonal.
 */
export const regressionFit = ({ output, ...size }: v.InferOutput<typeof regressionFitSchema>): Drawing => ({
  of: 'predictions',
  most: Infinity,
  probe: (predictions) => {
    if (!isCurve(predictions)) return undefined
    const { min, max } = rangeOf(numbers(predictions.inputs[0] as Samples))
    return Array.from({ length: dots }, (_, i) => [min + (i / (dots - 1)) * (max - min)])
  },
  draw: ({ title, predictions, probed }) => {
    const seen = present(predictions, 'predictions')
    const predicted = only('output', seen.predicted, output)
    const truth = numbers(only('output', seen.truth, predicted.name))
    if (!isCurve(seen)) {
      const said = numbers(predicted)
      const range = widened(rangeOf([...truth, ...said]))
      const plot = axes(`${title}: predicted over true`, range, range, size)
      line(plot.on, [plot.x(range.min), plot.y(range.min)], [plot.x(range.max), plot.y(range.max)], soft)
      truth.forEach((is, i) => {
        if (Number.isFinite(said[i])) disc(plot.on, plot.x(is), plot.y(said[i] as number), 2, point)
      })
      return plot.on
    }
    const curve = numbers(only('output', present(probed, 'curve'), predicted.name))
    const xs = numbers(seen.inputs[0] as Samples)
    const range = rangeOf(xs)
    const plot = axes(title, widened(range), widened(rangeOf([...truth, ...curve])), size)
    xs.forEach((x, i) => disc(plot.on, plot.x(x), plot.y(truth[i] as number), 2, point))
    const at = (i: number): readonly [number, number] => [
      plot.x(range.min + (i / (dots - 1)) * (range.max - range.min)),
      plot.y(curve[i] as number),
    ]
    for (let i = 1; i < curve.length; i += 1)
      if (Number.isFinite(curve[i - 1]) && Number.isFinite(curve[i])) line(plot.on, at(i - 1), at(i), colourOf(0), 2)
    return plot.on
  },
})
