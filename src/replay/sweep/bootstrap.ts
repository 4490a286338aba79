import type { Cells } from './Cells.js'
import { below, seeded } from './random.js'

/** A 95 % interval. */
export type Interval = readonly [low: number, high: number]

export interface Intervals {
  readonly regret: Interval | null
  readonly epochs: Interval | null
}

/** How often each run was drawn, one list a resample: the same for every policy, so that they can be compared. */
const draw = (runs: number, resamples: number, seed: number): ReadonlyArray<Uint32Array> => {
  const random = seeded(seed)
  return Array.from({ length: resamples }, () => {
    const times = new Uint32Array(runs)
    for (let i = 0; i < runs; i += 1) {
      const run = below(random, runs)
      times[run] = (times[run] as number) + 1
    }
    return times
  })
}

/** The value below which that share of the sorted values lies, between two of them by the line that joins them. */
const quantile = (sorted: Float64Array, share: number): number => {
  const at = share * (sorted.length - 1)
  const [low, high] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number]
  return low === high ? low : low + (at - Math.floor(at)) * (high - low)
}

const interval = (means: Float64Array): Interval => {
  means.sort()
  return [quantile(means, 0.025), quantile(means, 0.975)]
}

/**
 * Percentile bootstrap over runs: what the means might have been, had other runs of the kind been recorded. A resample in
 * which no run says anything of a policy is passed over for it; of fewer than two runs there is no interval.
 */
export const bootstrap = (
  { runs, regret, epochsRun }: Cells,
  resamples: number,
  seed: number,
): ((policy: number) => Intervals) => {
  const drawn = draw(runs, resamples, seed)
  return (policy) => {
    const known: Array<number> = []
    for (let run = 0; run < runs; run += 1) if (!Number.isNaN(regret[policy * runs + run])) known.push(run)
    if (known.length < 2 || resamples < 1) return { regret: null, epochs: null }
    const [regrets, epochs] = [new Float64Array(resamples), new Float64Array(resamples)]
    let n = 0
    for (const times of drawn) {
      let [count, sum, ran] = [0, 0, 0]
      for (const run of known) {
        const weight = times[run] as number
        // an infinite regret that wasn't drawn is none
        if (weight === 0) continue
        const at = policy * runs + run
        count += weight
        sum += weight * (regret[at] as number)
        ran += weight * (epochsRun[at] as number)
      }
      if (count === 0) continue
      regrets[n] = sum / count
      epochs[n] = ran / count
      n += 1
    }
    if (n === 0) return { regret: null, epochs: null }
    return { regret: interval(regrets.subarray(0, n)), epochs: interval(epochs.subarray(0, n)) }
  }
}
