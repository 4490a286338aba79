/** A point that one metric is best at, while another is good enough. */
export interface OperatingPoint {
  /** the best that there is */
  readonly value: number
  /** a score of at least this is taken for positive; null: the curve's artificial end, where nothing is */
  readonly threshold: number | null
}

/**
 * The point of the highest `best` among those whose `held` is at least `floor`; of equals that of the highest `held`, and of
 * these the first. The last point of a precision-recall curve has no threshold.
 */
export const bestPoint = (
  best: Float64Array,
  held: Float64Array,
  thresholds: Float64Array,
  floor: number,
): { readonly value: number; readonly held: number; readonly threshold: number | null } => {
  let found = -1
  const better = (i: number): boolean => {
    if (found < 0) return true
    const [value, most] = [best[i], best[found]] as [number, number]
    return value > most || (value === most && (held[i] as number) > (held[found] as number))
  }
  held.forEach((x, i) => {
    if (x >= floor && better(i)) found = i
  })
  return { value: best[found] as number, held: held[found] as number, threshold: thresholds[found] ?? null }
}
