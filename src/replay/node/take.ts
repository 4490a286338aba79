import type { Cells } from '../sweep/Cells.js'
import { chunk } from '../sweep/fill.js'

/** Takes the next candidates that nobody has taken. */
export const take = (next: Int32Array, { policies }: Cells): readonly [from: number, to: number] | undefined => {
  const from = Atomics.add(next, 0, chunk)
  return from < policies ? [from, Math.min(policies, from + chunk)] : undefined
}
