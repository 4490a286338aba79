import type { Cells } from './Cells.js'

/** Finds, for one policy after another, the first that came to the same in every run; itself, if none did. */
export const twinFinder = ({
  runs,
  epochsRun,
  stoppedEpoch,
  divergedAt,
  keptEpoch,
}: Cells): ((policy: number) => number) => {
  const columns = [epochsRun, stoppedEpoch, divergedAt, keptEpoch]
  const found = new Map<number, Array<number>>()

  const hash = (policy: number): number => {
    let h = 0
    for (const column of columns)
      for (let at = policy * runs; at < (policy + 1) * runs; at += 1)
        h = Math.imul(h ^ (column[at] as number), 0x01000193) + 0x9e37
    return h
  }

  const same = (one: number, other: number): boolean =>
    columns.every((column) => {
      for (let run = 0; run < runs; run += 1) if (column[one * runs + run] !== column[other * runs + run]) return false
      return true
    })

  return (policy) => {
    const h = hash(policy)
    const alike = found.get(h)
    const twin = alike?.find((other) => same(other, policy))
    if (twin !== undefined) return twin
    if (alike) alike.push(policy)
    else found.set(h, [policy])
    return policy
  }
}
