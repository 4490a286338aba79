import { eachArgument } from './internal/parts.js'
import { join, type Trigger } from '../dsl/Trigger.js'

/**
 * Fires where at least one fires.
 * @category triggers
 * @example
 * import { onceAt, or, whenAbove } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(or(onceAt(1), whenAbove('loss', 1)), [{ loss: 0 }, { loss: 0 }, { loss: 2 }]) // => [0, 2]
 */
export const or = <M extends string>(first: Trigger<M>, ...others: ReadonlyArray<Trigger<M>>): Trigger<M> => {
  eachArgument('or', [first, ...others], 'trigger')
  return others.reduce<Trigger<M>>(join, first)
}
