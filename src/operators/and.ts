import { eachArgument } from './internal/parts.js'
import { always, meet, type Trigger } from '../dsl/Trigger.js'

/**
 * Fires where all fire, at one and the same event. Each sees every event, so none loses count while another is silent.
 * @category triggers
 * @example
 * import { and, everyN, whenAbove } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(and(everyN(2), whenAbove('loss', 1)), [{ loss: 2 }, { loss: 2 }, { loss: 2 }, { loss: 0 }]) // => [1]
 */
export const and = <M extends string>(first: Trigger<M>, ...others: ReadonlyArray<Trigger<M>>): Trigger<M> => {
  eachArgument('and', [first, ...others], 'trigger')
  return others.reduce<Trigger<M>>((a, b) => (a === (always as Trigger) ? b : meet(a, b)), first)
}
