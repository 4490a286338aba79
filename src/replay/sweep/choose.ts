import type { Cells } from './Cells.js'
import { meansOf, type Means } from './mean.js'

export interface Chosen extends Means {
  readonly policy: number
}

/**
 * The policy to take, by the one-standard-error rule: of those whose mean regret is within one standard error of the least,
 * the one with the fewest epochs; of equals that with the least regret, then the one that fewest runs diverge under, whose
 * numbers can be trusted furthest, then the first. Policies that end in fewer than half
 * of these runs are not looked at. Undefined: there is none left.
 */
export const choose = (cells: Cells, among: ReadonlyArray<number>, over: ReadonlyArray<number>): Chosen | undefined => {
  const known = among
    .map((policy) => ({ policy, ...meansOf(cells, policy, over) }))
    .filter(({ n }) => n > 0 && 2 * n >= over.length)
  const [first, ...others] = known
  if (!first) return undefined
  const least = others.reduce((best, one) => (one.regret < best.regret ? one : best), first)
  const limit = least.regret + least.error
  return known
    .filter(({ regret }) => regret <= limit)
    .reduce((best, one) => {
      const rank = one.epochs - best.epochs || one.regret - best.regret || one.diverged - best.diverged
      return rank < 0 ? one : best
    })
}
