import type { Direction } from '../../dsl/Metrics.js'

/** Words in which machines say what they wait for. */

/** A number in a sentence; six digits are enough to tell epochs apart. */
export const brief = (x: number): string => String(Number(x.toPrecision(6)))

/** `1 epoch`, `2 epochs`, `1 more batch`, `3 more batches`. */
export const counted = (n: number, what: string): string =>
  `${brief(n)} ${n === 1 ? what : what.endsWith('batch') ? `${what}es` : `${what}s`}`

/** One of what is counted in that unit. */
export const one = (unit: 'epochs' | 'batches'): string => (unit === 'epochs' ? 'epoch' : 'batch')

/** What a value must be to beat another by more than `minDelta`: `below 0.31`. */
export const beating =
  (direction: Direction, minDelta: number) =>
  (best: number): string =>
    direction === 'min' ? `below ${brief(best - minDelta)}` : `above ${brief(best + minDelta)}`

/** What waiting needs: so long it has been, and what would end it. */
export const waiting = (wait: number, of: number, improvement: string): string =>
  `wait ${wait} of ${of}; ${improvement} would be an improvement`
