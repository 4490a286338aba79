import type { Cells } from './Cells.js'

/** Finds, for one policy after another, the first that came to the same in every run; itself, if none did. */
export const twinFinder = ({
  runs,
  epochsRun,
  stoppedEpoch,
  divergedAt,
  keptEpoch,
}: Cells): ((policy: number) => number) => {
  const first = new Map<string, number>()
  return (policy) => {
    const [from, to] = [policy * runs, (policy + 1) * runs]
    const key = [epochsRun, stoppedEpoch, divergedAt, keptEpoch]
      .map((column) => column.subarray(from, to).join())
      .join(';')
    const twin = first.get(key) ?? policy
    first.set(key, twin)
    return twin
  }
}
