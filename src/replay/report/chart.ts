import { rangeOf, tickLabel, ticks, type Range } from '../../dsl/ticks.js'
import { html, raw, type Html } from './html.js'

/** One line of a chart; what isn't finite leaves a gap. */
export interface Series {
  readonly name: string
  readonly x: ArrayLike<number>
  readonly y: ArrayLike<number>
  /** points alone, not joined: how large */
  readonly points?: number
  /** a colour of its own */
  readonly colour?: string
}

/** Something that happened, drawn over the curves. */
export interface Mark {
  readonly kind: 'stop' | 'cut' | 'save' | 'best' | 'restore'
  readonly x: number
  readonly text: string
}

const colours = ['#2f6fde', '#d9480f', '#1a7f45', '#8e44ad', '#b3261e', '#0b7285', '#9a6700', '#c2255c']
const marks: Readonly<Record<Mark['kind'], string>> = {
  stop: '#b3261e',
  cut: '#9a6700',
  save: '#1a7f45',
  best: '#2f6fde',
  restore: '#8e44ad',
}

const colourOf = ({ colour }: Series, i: number): string => colour ?? (colours[i % colours.length] as string)

const [width, height, left, right, top, bottom] = [720, 320, 64, 14, 30, 56]
/** More points than pixels can't be seen; of each pixel's the lowest and the highest are drawn. */
const most = 600

/** The range of what can be drawn: a point needs both of its numbers. */
const rangeIn = (series: ReadonlyArray<Series>, of: 'x' | 'y'): Range =>
  rangeOf(
    (function* () {
      for (const one of series)
        for (let i = 0; i < one[of].length; i += 1) if (Number.isFinite(one.y[i])) yield one[of][i] as number
    })(),
  )

/** Indices of the points to draw. */
const thinned = ({ x, y }: Series): ReadonlyArray<number> => {
  const all = Array.from({ length: x.length }, (_, i) => i)
  if (x.length <= most * 2) return all
  const size = Math.ceil(x.length / most)
  return Array.from({ length: Math.ceil(x.length / size) }, (_, bucket) => {
    const part = all.slice(bucket * size, (bucket + 1) * size).filter((i) => Number.isFinite(y[i]))
    const lowest = part.reduce((best, i) => ((y[i] as number) < (y[best] as number) ? i : best), part[0] ?? -1)
    const highest = part.reduce((best, i) => ((y[i] as number) > (y[best] as number) ? i : best), part[0] ?? -1)
    return [...new Set([Math.min(lowest, highest), Math.max(lowest, highest)])].filter((i) => i >= 0)
  }).flat()
}

const n = (x: number): string => x.toFixed(1)

/** Curves over one axis as an SVG that scales to the page. `log`: a logarithmic scale, where all values allow it. */
export const chart = (
  series: ReadonlyArray<Series>,
  happened: ReadonlyArray<Mark> = [],
  axes: { readonly x?: string; readonly y?: string; readonly log?: boolean } = {},
): Html => {
  const given = rangeIn(series, 'y')
  const scaled = axes.log === true && given.min > 0 && given.max / given.min > 100
  const of = (value: number): number => (scaled ? Math.log10(value) : value)
  const ys: Range = { min: of(given.min), max: of(given.max) }
  const xs = rangeIn(series, 'x')
  const px = (x: number): number => left + ((x - xs.min) / (xs.max - xs.min)) * (width - left - right)
  const py = (y: number): number => top + (1 - (of(y) - ys.min) / (ys.max - ys.min)) * (height - top - bottom)
  const inside = (x: number): boolean => x >= xs.min && x <= xs.max

  const levels = scaled ? ticks(ys, 4).map((power) => 10 ** power) : ticks(ys, 5)
  const drawn = series.map((one, i) => {
    const colour = raw(colourOf(one, i))
    const points = thinned(one)
    if (one.points !== undefined)
      return html`<g fill="${colour}"
        >${points
          .filter((at) => Number.isFinite(one.y[at]))
          .map(
            (at) =>
              html`<circle
                cx="${n(px(one.x[at] as number))}"
                cy="${n(py(one.y[at] as number))}"
                r="${one.points ?? 0}"
              />`,
          )}</g
      >`
    let pen = 'M'
    const path = points
      .map((at) => {
        const y = one.y[at] as number
        if (!Number.isFinite(y)) {
          pen = 'M'
          return ''
        }
        const step = `${pen}${n(px(one.x[at] as number))} ${n(py(y))}`
        pen = 'L'
        return step
      })
      .join('')
    // a line of one point has no length: a dot shows it
    return html`<path
      d="${path}"
      fill="none"
      stroke="${colour}"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      ><title>${one.name}</title></path
    >`
  })
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${series.map((one) => one.name).join(', ')}">
      ${levels.map(
        (level) =>
          html`<line class="grid" x1="${left}" x2="${width - right}" y1="${n(py(level))}" y2="${n(py(level))}" /><text
              x="${left - 6}"
              y="${n(py(level) + 4)}"
              text-anchor="end"
              >${tickLabel(level)}</text
            >`,
      )}
      ${ticks(xs, 8).map((x) => html`<text x="${n(px(x))}" y="${height - bottom + 22}" text-anchor="middle">${tickLabel(x)}</text>`)}
      ${axes.x === undefined ? '' : html`<text x="${width - right}" y="${height - 8}" text-anchor="end">${axes.x}</text>`}
      ${axes.y === undefined ? '' : html`<text x="${left}" y="18">${axes.y}</text>`} ${drawn}
      ${happened
        .filter((mark) => inside(mark.x))
        .map(
          ({ kind, x, text }) =>
            html`<g stroke="${raw(marks[kind])}" fill="${raw(marks[kind])}"
              ><line
                x1="${n(px(x))}"
                x2="${n(px(x))}"
                y1="${top}"
                y2="${height - bottom}"
                stroke-width="1.5"
                stroke-dasharray="${raw(kind === 'stop' ? 'none' : '2 4')}"
              /><circle cx="${n(px(x))}" cy="${height - bottom}" r="3" /><title>${text}</title></g
            >`,
        )}
    </svg>
    <div class="key">
      ${series.map((one, i) => html`<span><i style="background:${raw(colourOf(one, i))}"></i>${one.name}</span>`)}${[
        ...new Set(happened.map((mark) => mark.kind)),
      ].map((kind) => html`<span><i style="background:${raw(marks[kind])}"></i>${kind}</span>`)}
    </div>`
}
