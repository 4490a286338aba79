import type { Count } from '../dsl/TrainingEvent.js'
import type { Trigger } from '../dsl/Trigger.js'
import { range } from './internal/range.js'

/**
 * Holds once n epochs (default) or batches are completed. Beside another trigger (`and`) it is a condition on that one's
 * events; alone it fires at the end of each epoch (or batch).
 * @category triggers
 * @example
 * import { after, and, whenAbove } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(and(whenAbove('loss', 0), after(2)), [{ loss: 1 }, { loss: 1 }, { loss: 1 }]) // => [1, 2]
 */
export const after = (n: number, unit: Count = 'epochs'): Trigger<never> => range('after', { n }, { from: n, unit })
