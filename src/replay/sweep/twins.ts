import type { Cells } from './Cells.js'

/** For each policy the first that comes to the same in every run; itself, if none before it does. */
export const twins = (cells: Cells): ReadonlyArray<number> => {
  const { policies, runs, epochsRun, stoppedEpoch, divergedAt, keptEpoch } = cells
  const first = new Map<string, number>()
  return Array.from({ length: policies }, (_, policy) => {
    const [from, to] = [policy * runs, (policy + 1) * runs]
    const key = [epochsRun, stoppedEpoch, divergedAt, keptEpoch]
      .map((column) => column.subarray(from, to).join())
      .join(';')
    const twin = first.get(key) ?? policy
    first.set(key, twin)
    return twin
  })
}
