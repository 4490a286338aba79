import type { Count } from '../dsl/TrainingEvent.js'
import type { Trigger } from '../dsl/Trigger.js'
import { range } from './internal/range.js'

/**
 * Holds until n epochs (default) or batches are completed: the opposite of `after(n)`.
 * @category triggers
 * @example
 * import { before } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(before(2), [{}, {}, {}]) // => [0]
 */
export const before = (n: number, unit: Count = 'epochs'): Trigger<never> => range('before', { n }, { to: n, unit })
