import { count, oneOf, parse } from '../../dsl/Options.js'
import type { JsonObject } from '../../dsl/Json.js'
import { completed, endOf, type Count } from '../../dsl/TrainingEvent.js'
import { fromPredicate, type Trigger } from '../../dsl/Trigger.js'
import * as v from 'valibot'

const schema = v.strictObject({
  from: v.optional(count),
  to: v.optional(count),
  unit: v.optional(oneOf('epochs', 'batches'), 'epochs'),
})

/** A condition on how much of a run is completed: what `after`, `before` and `between` share. */
export const range = (
  kind: string,
  options: JsonObject,
  { from = 0, to = Infinity, unit }: { readonly from?: number; readonly to?: number; readonly unit: Count },
): Trigger<never> => {
  parse(kind, schema, { from, ...(to !== Infinity && { to }), unit })
  return fromPredicate<never>(
    { kind, options: { ...options, unit }, events: [endOf(unit)], ambient: true },
    (event) => {
      const n = completed(event, unit)
      return n >= from && n < to && { [unit]: n }
    },
  )
}
