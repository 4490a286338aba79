import type { Cells } from './Cells.js'
import { meansOf } from './mean.js'

/** Whether one is better than the other on the runs that both say something of: no more epochs, no more regret, and less of one. */
const dominates = ({ runs, regret, epochsRun }: Cells, one: number, other: number): boolean => {
  let [n, epochs, less] = [0, 0, 0]
  for (let run = 0; run < runs; run += 1) {
    const [a, b] = [one * runs + run, other * runs + run]
    const [mine, theirs] = [regret[a] as number, regret[b] as number]
    if (Number.isNaN(mine) || Number.isNaN(theirs)) continue
    n += 1
    epochs += (epochsRun[a] as number) - (epochsRun[b] as number)
    // two infinities are as bad as each other
    less += mine === theirs ? 0 : mine - theirs
  }
  return n > 0 && epochs <= 0 && less <= 0 && (epochs < 0 || less < 0)
}

/**
 * For each of these policies one that dominates it; null: none does, it is on the frontier; absent: it ends in no run. Two
 * policies are compared on the runs that both end in, so that neither is helped by having easier ones.
 */
export const dominators = (cells: Cells, among: ReadonlyArray<number>): ReadonlyMap<number, number | null> => {
  const over = Array.from({ length: cells.runs }, (_, run) => run)
  // what dominates has little regret and few epochs: it is found soon
  const likely = among
    .map((policy) => ({ policy, ...meansOf(cells, policy, over) }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => a.regret - b.regret || a.epochs - b.epochs || a.policy - b.policy)
    .map(({ policy }) => policy)
  const frontier: Array<number> = []
  const found = new Map<number, number | null>()
  for (const policy of likely) {
    const rival = (others: ReadonlyArray<number>): number | undefined =>
      others.find((other) => other !== policy && dominates(cells, other, policy))
    const by = rival(frontier) ?? rival(likely) ?? null
    if (by === null) frontier.push(policy)
    found.set(policy, by)
  }
  return found
}
