import type { Cells } from './Cells.js'
import { choose } from './choose.js'
import { average, meansOf } from './mean.js'
import { seeded, shuffled } from './random.js'

/** What a choice is worth on runs that it wasn't made on. */
export interface HeldOut {
  /** splits of the runs into halves that could be judged */
  readonly splits: number
  /** mean regret of the chosen policy on the half that it was chosen on: what flatters */
  readonly chosenOn: number
  /** on the other half */
  readonly heldOut: number
  /** share of the other half's runs, 0 to 1, that the chosen policy ends in, and that are judged: easy ones, if it is small */
  readonly judged: number
  /** mean epochs on the other half */
  readonly epochs: number
  /** how often which policy was chosen, most often first */
  readonly choices: ReadonlyArray<{ readonly policy: number; readonly times: number }>
}

/**
 * Chooses a policy on one half of the runs and looks at it on the other, again and again: the best of many policies on some
 * runs owes a part of its luck to those runs. Undefined where there are too few runs, or too few that policies end in.
 */
export const holdOut = (
  cells: Cells,
  among: ReadonlyArray<number>,
  splits: number,
  seed: number,
): HeldOut | undefined => {
  if (cells.runs < 2) return undefined
  const random = seeded(seed)
  const times = new Map<number, number>()
  const found: Array<Pick<HeldOut, 'chosenOn' | 'heldOut' | 'judged' | 'epochs'>> = []
  for (let split = 0; split < splits; split += 1) {
    const order = shuffled(random, cells.runs)
    const half = order.length >> 1
    const chosen = choose(cells, among, order.slice(0, half))
    if (!chosen) continue
    const rest = order.slice(half)
    const other = meansOf(cells, chosen.policy, rest)
    if (other.n === 0) continue
    times.set(chosen.policy, (times.get(chosen.policy) ?? 0) + 1)
    found.push({ chosenOn: chosen.regret, heldOut: other.regret, judged: other.n / rest.length, epochs: other.epochs })
  }
  const mean = (of: keyof (typeof found)[number]): number => average(found.map((one) => one[of])) ?? NaN
  if (found.length === 0) return undefined
  return {
    splits: found.length,
    chosenOn: mean('chosenOn'),
    heldOut: mean('heldOut'),
    judged: mean('judged'),
    epochs: mean('epochs'),
    choices: [...times]
      .map(([policy, n]) => ({ policy, times: n }))
      .sort((a, b) => b.times - a.times || a.policy - b.policy),
  }
}
