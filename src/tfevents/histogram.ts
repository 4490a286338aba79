/** Buckets of equal width between the least and the largest value: a row [left, right, count] each. */
export type Buckets = ReadonlyArray<readonly [left: number, right: number, count: number]>

/**
 * Sorts values into buckets as TensorBoard does: the last one holds its right edge; where all values are the same, it holds them
 * all. Values that aren't finite have no place in any and are left out.
 */
export const bucketsOf = (values: ArrayLike<number>, count = 30): Buckets => {
  let [least, most, n] = [Infinity, -Infinity, 0]
  for (let i = 0; i < values.length; i += 1) {
    const x = values[i] as number
    if (!Number.isFinite(x)) continue
    if (x < least) least = x
    if (x > most) most = x
    n += 1
  }
  if (n === 0) return Array.from({ length: count }, () => [0, 0, 0] as const)
  if (least === most) return Array.from({ length: count }, (_, i) => [least, most, i === count - 1 ? n : 0] as const)
  const width = (most - least) / count
  const counts = new Float64Array(count)
  for (let i = 0; i < values.length; i += 1) {
    const x = values[i] as number
    if (!Number.isFinite(x)) continue
    const bucket = Math.min(Math.floor((x - least) / width), count - 1)
    counts[bucket] = (counts[bucket] as number) + 1
  }
  const edge = (i: number): number => (i === count ? most : least + i * width)
  return Array.from(counts, (inside, i) => [edge(i), edge(i + 1), inside] as const)
}
