import * as v from 'valibot'
import { flag, text as word } from '../dsl/Options.js'
import { rangeOf } from '../dsl/ticks.js'
import { axes, widened } from './axes.js'
import { colourOf, disc, fillRect, ink, line } from './Canvas.js'
import { pixels } from './decisionBoundary.js'
import { present, type Drawing } from './Drawing.js'
import { lineHeight, text, textWidth } from './font.js'

export const learningCurvesSchema = v.strictObject({
  metrics: v.optional(v.pipe(v.array(word), v.minLength(1, 'must name a metric'))),
  log: v.optional(flag, false),
  width: v.optional(pixels, 480),
  height: v.optional(pixels, 360),
})

/** The losses, where there are any: other metrics are of another size. */
const chosen = (there: ReadonlyArray<string>): ReadonlyArray<string> => {
  const losses = there.filter((name) => name === 'loss' || name.endsWith('_loss'))
  return losses.length > 0 ? losses : there
}

/** Metrics over the epochs. `log`: on a logarithmic scale; what is not above 0 is left out. */
export const learningCurves = ({ metrics, log, ...size }: v.InferOutput<typeof learningCurvesSchema>): Drawing => ({
  of: 'curves',
  most: 0,
  draw: ({ title, curves }) => {
    const { epochs: from0, values } = present(curves, 'curves')
    // as in titles and the names of files
    const epochs = from0.map((epoch) => epoch + 1)
    const names = (metrics ?? chosen(Object.keys(values))).filter((name) => Object.hasOwn(values, name))
    const of = (x: number | null | undefined): number => (x === null || x === undefined ? NaN : log ? Math.log10(x) : x)
    const series = names.map((name) => (values[name] ?? []).map(of))
    const keys = names.map((name) => textWidth(name) + 24)
    // names are set in lines below the plot
    const lines: Array<Array<number>> = [[]]
    let used = 0
    keys.forEach((wide, i) => {
      if (used + wide > size.width - 12 && used > 0) {
        lines.push([])
        used = 0
      }
      lines.at(-1)?.push(i)
      used += wide
    })
    const below = lines.length * lineHeight
    const shown = log ? `${title}: log10` : title
    const plot = axes(shown, rangeOf(epochs), widened(rangeOf(series.flat())), size, below)
    series.forEach((ys, i) => {
      ys.forEach((y, at) => {
        const [here, before] = [[plot.x(epochs[at] as number), plot.y(y)] as const, ys[at - 1]]
        if (!Number.isFinite(y)) return
        if (before !== undefined && Number.isFinite(before))
          line(plot.on, [plot.x(epochs[at - 1] as number), plot.y(before)], here, colourOf(i), 2)
        else disc(plot.on, ...here, 2, colourOf(i))
      })
    })
    lines.forEach((row, i) => {
      let x = 6
      const y = size.height - below + i * lineHeight
      for (const at of row) {
        fillRect(plot.on, x, y + 2, 10, 3, colourOf(at))
        text(plot.on, names[at] as string, x + 14, y, ink)
        x += keys[at] as number
      }
    })
    return plot.on
  },
})
