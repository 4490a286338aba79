const bars = '▁▂▃▄▅▆▇█'

/** A series that comes one value at a time, as the means of its stretches: as much as a line of so many bars needs. */
export class Trend {
  /** of each stretch: how many finite values, their mean, and whether there was any value */
  private readonly means: Array<number | undefined>
  private readonly counts: Array<number>

  constructor(
    private readonly length: number,
    width = 40,
  ) {
    const count = Math.min(width, length)
    this.means = new Array<number | undefined>(count).fill(undefined)
    this.counts = new Array<number>(count).fill(0)
  }

  /** The value at that place of the series. */
  add(i: number, x: number): void {
    const { means, counts, length } = this
    // the stretch s holds the places from floor(s * length / count) on
    const s = Math.min(means.length - 1, Math.floor(((i + 1) * means.length - 1) / length))
    const [mean, count] = [means[s], counts[s] ?? 0]
    if (!Number.isFinite(x)) means[s] = mean ?? NaN
    else {
      counts[s] = count + 1
      // not (x - mean) / n: the difference of two huge numbers may not be finite
      means[s] = count === 0 ? x : (mean as number) * (count / (count + 1)) + x / (count + 1)
    }
  }

  /** One line of bars; a stretch without a value is a blank, one with values of which none is finite a ×. */
  toString(): string {
    const finite = this.means.filter((mean) => mean !== undefined && !Number.isNaN(mean)) as ReadonlyArray<number>
    const [low, high] = [Math.min(...finite), Math.max(...finite)]
    return this.means
      .map((mean) => {
        if (mean === undefined) return ' '
        if (Number.isNaN(mean)) return '×'
        // halved first: the range of two huge numbers may not be finite
        const height = high === low ? 0.5 : (mean / 2 - low / 2) / (high / 2 - low / 2)
        return bars[Math.min(bars.length - 1, Math.floor(height * bars.length))]
      })
      .join('')
  }
}
