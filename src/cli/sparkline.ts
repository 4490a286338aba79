const bars = '▁▂▃▄▅▆▇█'

/**
 * A series as one line of bars, at most `width` of them, each the mean of its stretch; a stretch without a value is a blank, one
 * with values of which none is finite a ×.
 */
export const sparkline = (values: ReadonlyArray<number | undefined>, width = 40): string => {
  const count = Math.min(width, values.length)
  const stretches = Array.from({ length: count }, (_, i) =>
    values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count)),
  )
  const means = stretches.map((stretch) => {
    const measured = stretch.filter((x) => x !== undefined)
    const finite = measured.filter(Number.isFinite)
    if (finite.length > 0) return finite.reduce((sum, x) => sum + x / finite.length, 0)
    return measured.length > 0 ? NaN : undefined
  })
  const finite = means.filter((mean) => mean !== undefined && !Number.isNaN(mean)) as ReadonlyArray<number>
  const [low, high] = [
    finite.reduce((a, b) => Math.min(a, b), Infinity),
    finite.reduce((a, b) => Math.max(a, b), -Infinity),
  ]
  return means
    .map((mean) => {
      if (mean === undefined) return ' '
      if (Number.isNaN(mean)) return '×'
      // halved first: the range of two huge numbers may not be finite
      const height = high === low ? 0.5 : (mean / 2 - low / 2) / (high / 2 - low / 2)
      return bars[Math.min(bars.length - 1, Math.floor(height * bars.length))]
    })
    .join('')
}
