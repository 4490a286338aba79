import type { Cells } from '../sweep/Cells.js'

/** Few enough that no thread waits long for another's last, enough that opening the logs doesn't count. */
const chunk = 64

/** How many pieces there are to take. */
export const piecesOf = ({ policies }: Cells): number => Math.ceil(policies / chunk)

/** Takes the next candidates that nobody has taken. */
export const take = (next: Int32Array, { policies }: Cells): readonly [from: number, to: number] | undefined => {
  const from = Atomics.add(next, 0, chunk)
  return from < policies ? [from, Math.min(policies, from + chunk)] : undefined
}
