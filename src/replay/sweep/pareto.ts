import type { Cells } from './Cells.js'

/** A policy's epochs and regret over the runs that it ends in, and which runs those are. */
interface Point {
  readonly policy: number
  readonly n: number
  readonly epochs: number
  readonly regret: number
  /** policies that end in the same runs have the same */
  readonly ends: number
}

const pointsOf = ({ runs, regret, epochsRun }: Cells, among: ReadonlyArray<number>): ReadonlyArray<Point> => {
  const sets = new Map<string, number>()
  return among.map((policy) => {
    let [n, epochs, sum, key] = [0, 0, 0, '']
    for (let at = policy * runs; at < (policy + 1) * runs; at += 1) {
      const value = regret[at] as number
      if (Number.isNaN(value)) {
        key += `${at - policy * runs},`
        continue
      }
      n += 1
      epochs += epochsRun[at] as number
      sum += value
    }
    const ends = sets.get(key) ?? sets.size
    sets.set(key, ends)
    return { policy, n, epochs, regret: sum, ends }
  })
}

const isLess = (epochs: number, regret: number): boolean => epochs <= 0 && regret <= 0 && (epochs < 0 || regret < 0)

/** Two infinities are as bad as each other. */
const minus = (a: number, b: number): number => (a === b ? 0 : a - b)

/** Says whether one is better than the other on the runs that both end in: no more epochs, no more regret, and less of one. */
const comparer = ({ policies, runs, regret, epochsRun }: Cells) => {
  const common = new Map<number, Int32Array>()
  /** The runs that both end in; few sets of runs come about, and each pair of them many times. */
  const commonOf = (one: Point, other: Point): Int32Array => {
    const key = one.ends * policies + other.ends
    const known = common.get(key)
    if (known) return known
    const both: Array<number> = []
    for (let run = 0; run < runs; run += 1)
      if (!Number.isNaN(regret[one.policy * runs + run]) && !Number.isNaN(regret[other.policy * runs + run]))
        both.push(run)
    const made = Int32Array.of(...both)
    common.set(key, made)
    return made
  }
  return (one: Point, other: Point): boolean => {
    if (one.ends === other.ends) return isLess(one.epochs - other.epochs, minus(one.regret, other.regret))
    const both = commonOf(one, other)
    const [a, b] = [one.policy * runs, other.policy * runs]
    let [epochs, mine, theirs] = [0, 0, 0]
    for (let i = 0; i < both.length; i += 1) {
      const run = both[i] as number
      epochs += (epochsRun[a + run] as number) - (epochsRun[b + run] as number)
      mine += regret[a + run] as number
      theirs += regret[b + run] as number
    }
    return both.length > 0 && isLess(epochs, minus(mine, theirs))
  }
}

/**
 * For each of these policies one that dominates it; null: none does, it is on the front; absent: it ends in no run. Two
 * policies are compared on the runs that both end in, so that neither is helped by having easier ones.
 */
export const dominators = (cells: Cells, among: ReadonlyArray<number>): ReadonlyMap<number, number | null> => {
  const points = pointsOf(cells, among).filter(({ n }) => n > 0)
  // what dominates has little regret and few epochs: it is found soon
  const likely = [...points].sort(
    (a, b) => minus(a.regret / a.n, b.regret / b.n) || a.epochs / a.n - b.epochs / b.n || a.policy - b.policy,
  )
  const front: Array<Point> = []
  const dominates = comparer(cells)
  const found = new Map<number, number | null>()
  for (const point of likely) {
    const beats = (other: Point): boolean => other !== point && dominates(other, point)
    // the last ones on the front have the fewest epochs: if any does, one of them
    const by = front.findLast(beats) ?? likely.find(beats)
    if (by === undefined) front.push(point)
    found.set(point.policy, by?.policy ?? null)
  }
  return found
}
