import { argument } from './internal/parts.js'
import { complement, type Trigger } from '../dsl/Trigger.js'

/**
 * Fires where the other doesn't; under `emit`, at the events at which the other is asked.
 * @category triggers
 * @example
 * import { not, whenAbove } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(not(whenAbove('loss', 1)), [{ loss: 2 }, { loss: 0 }]) // => [1]
 */
export const not = <M extends string>(trigger: Trigger<M>): Trigger<M> => {
  argument('not', 0, trigger, 'trigger')
  return complement(trigger)
}
