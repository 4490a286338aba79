import type { Cells } from './Cells.js'
import { below, seeded } from './random.js'

/** A 95 % interval. */
export type Interval = readonly [low: number, high: number]

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
 * which a policy ends nowhere is passed over for it; of fewer than two runs there is no interval. Gives a function that
 * writes a policy's intervals, once its cells are filled.
 */
export const bootstrap = (cells: Cells, resamples: number, seed: number): ((policy: number) => void) => {
  const { runs, regret, epochsRun, intervals } = cells
  const drawn = draw(runs, resamples, seed)
  const [regrets, epochs] = [new Float64Array(resamples), new Float64Array(resamples)]
  const [known, mine, ran] = [new Int32Array(runs), new Float64Array(runs), new Float64Array(runs)]
  return (policy) => {
    let [count, finite] = [0, true]
    for (let run = 0; run < runs; run += 1) {
      const at = policy * runs + run
      const value = regret[at] as number
      if (Number.isNaN(value)) continue
      known[count] = run
      mine[count] = value
      finite &&= value !== Infinity
      ran[count] = epochsRun[at] as number
      count += 1
    }
    if (count < 2) return
    let n = 0
    for (const times of drawn) {
      let [weights, sum, total] = [0, 0, 0]
      for (let i = 0; i < count; i += 1) {
        const weight = times[known[i] as number] as number
        weights += weight
        // an infinite regret that wasn't drawn is none
        sum += finite || weight > 0 ? weight * (mine[i] as number) : 0
        total += weight * (ran[i] as number)
      }
      if (weights === 0) continue
      regrets[n] = sum / weights
      epochs[n] = total / weights
      n += 1
    }
    if (n === 0) return
    intervals.set([...interval(regrets.subarray(0, n)), ...interval(epochs.subarray(0, n))], 4 * policy)
  }
}

/** The intervals that were written for a policy; null: there are none. */
export const intervalsOf = ({ intervals }: Cells, policy: number) => {
  const at = (i: number): number => intervals[4 * policy + i] as number
  if (Number.isNaN(at(0))) return { regret: null, epochs: null }
  return { regret: [at(0), at(1)] as Interval, epochs: [at(2), at(3)] as Interval }
}
