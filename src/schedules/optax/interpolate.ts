/** Scales by their boundary, in rising order. */
export type Scales = ReadonlyArray<readonly [boundary: number, scale: number]>

/** JSON's keys are text; the boundaries are numbers. */
export const sortedScales = (scales: Readonly<Record<string, number>> | null): Scales =>
  Object.entries(scales ?? {})
    .map(([boundary, scale]) => [Number(boundary), scale] as const)
    .sort(([a], [b]) => a - b)

/** Values between boundaries; what the one-cycle schedules are made of. */
export const interpolate = (type: 'linear' | 'cosine', initial: number, scales: Scales): ((step: number) => number) => {
  const bounds = [0, ...scales.map(([boundary]) => boundary)]
  const values = scales.reduce<ReadonlyArray<number>>(
    (list, [, scale]) => [...list, (list.at(-1) as number) * scale],
    [initial],
  )
  const [lastBound, lastValue] = [bounds.at(-1) as number, values.at(-1) as number]
  // Optax adds all stretches up, each times 0 or 1, and 0 times infinity is NaN
  if (bounds.some((bound, i) => i > 0 && bound === bounds[i - 1])) return () => NaN
  const between = (from: number, to: number, part: number): number =>
    type === 'linear' ? (to - from) * part + from : to + ((from - to) / 2) * (Math.cos(Math.PI * part) + 1)
  return (step) => {
    if (step >= lastBound) return lastValue
    const i = bounds.findLastIndex((bound) => bound <= step)
    if (i < 0) return 0
    const [from, to] = [bounds[i] as number, bounds[i + 1] as number]
    return between(values[i] as number, values[i + 1] as number, (step - from) / (to - from))
  }
}
