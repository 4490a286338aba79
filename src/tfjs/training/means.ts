import { decodeNumber, encodeNumber } from '../../dsl/Json.js'
import type { Logs } from '../../dsl/TrainingEvent.js'
import type { RunState } from '../checkpoints/backups.js'

/** Means over the batches of an epoch, each with its rows: what tfjs works out, but open to be stopped and gone on with. */
export interface Means {
  readonly add: (size: number, logs: Logs) => void
  /** as tfjs has them in the logs of an epoch's end */
  readonly means: () => Logs
  readonly reset: () => void
  readonly state: () => Pick<RunState, 'totals' | 'rows'>
  readonly restore: (state: Pick<RunState, 'totals' | 'rows'>) => void
}

/** Rounded to float32 wherever tfjs works with tensors, so that the same numbers come out. */
export const means = (): Means => {
  let totals: Record<string, number> = {}
  let rows = 0
  return {
    add: (size, logs) => {
      rows += size
      for (const name in logs)
        totals[name] = Math.fround((totals[name] ?? 0) + Math.fround((logs[name] as number) * size))
    },
    means: () => {
      const share = Math.fround(1 / rows)
      return Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, Math.fround(share * total)]))
    },
    reset: () => {
      totals = {}
      rows = 0
    },
    state: () => ({
      totals: Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, encodeNumber(total)])),
      rows,
    }),
    restore: (state) => {
      totals = Object.fromEntries(Object.entries(state.totals).map(([name, total]) => [name, decodeNumber(total)]))
      rows = state.rows
    },
  }
}
