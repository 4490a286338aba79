/** From the lowest to the highest of some numbers. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** The range of the finite numbers; one of width 1 where all are equal, and from 0 to 1 where there are none. */
export const rangeOf = (values: Iterable<number>): Range => {
  let [min, max] = [Infinity, -Infinity]
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    if (value < min) min = value
    if (value > max) max = value
  }
  if (min > max) return { min: 0, max: 1 }
  // half of one is nothing beside a huge number
  const pad = Math.max(0.5, Math.abs(min) * 1e-3)
  return min === max ? { min: min - pad, max: max + pad } : { min, max }
}

/** Round numbers within a range, about so many; none where it is too narrow or too wide for floating point. */
export const ticks = ({ min, max }: Range, about: number): ReadonlyArray<number> => {
  const rough = (max - min) / about
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10)
  if (!(step > 0 && Number.isFinite(step))) return []
  const first = Math.ceil(min / step)
  const last = Math.floor(max / step)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** A number as an axis has it. */
export const tickLabel = (x: number): string =>
  x === 0 || (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5) ? String(Number(x.toPrecision(4))) : x.toExponential(1)
