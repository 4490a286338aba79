import { oneOf, parse, positive } from '../dsl/Options.js'
import { completed, endOf, type Count } from '../dsl/TrainingEvent.js'
import { fromPredicate, type Trigger } from '../dsl/Trigger.js'
import { counted, one } from './internal/words.js'
import * as v from 'valibot'

const schema = v.strictObject({ n: positive, unit: v.optional(oneOf('epochs', 'batches'), 'epochs') })

/**
 * Fires once, when n epochs (default) or batches are completed. `n` is a whole number from 1.
 * @category triggers
 * @example
 * import { onceAt } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(onceAt(2, 'epochs'), [{}, {}, {}]) // => [1]
 */
export const onceAt = (n: number, unit: Count = 'epochs'): Trigger<never> => {
  parse('onceAt', schema, { n, unit })
  const end = endOf(unit)
  return fromPredicate<never>(
    { kind: 'onceAt', options: { n, unit }, events: [end] },
    (event) => event._tag === end && completed(event, unit) === n && { [unit]: n },
    (_, event) => [
      {
        by: 'onceAt',
        why: { n, unit },
        ...(event !== undefined && {
          needs:
            completed(event, unit) < n ? counted(n - completed(event, unit), `more ${one(unit)}`) : 'its time is over',
        }),
      },
    ],
  )
}
