import type { Count } from '../dsl/TrainingEvent.js'
import type { Trigger } from '../dsl/Trigger.js'
import { range } from './internal/range.js'

/**
 * Holds from the moment when `from` epochs (default) or batches are completed until `to` are.
 * @category triggers
 * @example
 * import { between } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(between(2, 4), [{}, {}, {}, {}, {}]) // => [1, 2]
 */
export const between = (from: number, to: number, unit: Count = 'epochs'): Trigger<never> =>
  range('between', { from, to }, { from, to, unit })
