import type { Cells } from './Cells.js'

/** Means over the runs of a policy whose regret is known. */
export interface Means {
  readonly n: number
  /** how many of those runs diverged: their numbers are those of the run as it was recorded */
  readonly diverged: number
  readonly epochs: number
  readonly regret: number
  /** standard error of the mean regret; 0 for one run */
  readonly error: number
}

/** Means over these runs. */
export const meansOf = (
  { runs, regret, epochsRun, divergedAt }: Cells,
  policy: number,
  over: ReadonlyArray<number>,
): Means => {
  let [n, diverged, epochs, sum, squares] = [0, 0, 0, 0, 0]
  for (const run of over) {
    const at = policy * runs + run
    const value = regret[at] as number
    if (Number.isNaN(value)) continue
    n += 1
    if ((divergedAt[at] as number) >= 0) diverged += 1
    epochs += epochsRun[at] as number
    sum += value
    squares += value * value
  }
  const mean = sum / n
  const variance = n < 2 ? 0 : Math.max(0, (squares - n * mean * mean) / (n - 1))
  return {
    n,
    diverged,
    epochs: epochs / n,
    regret: mean,
    error: Number.isFinite(variance) ? Math.sqrt(variance / n) : 0,
  }
}

/** The middle value, or the mean of the two in the middle; null of nothing. */
export const median = (values: ReadonlyArray<number>): number | null => {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  if (sorted.length === 0) return null
  return sorted.length % 2 === 1
    ? (sorted[half] as number)
    : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2
}

export const average = (values: ReadonlyArray<number>): number | null =>
  values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length
