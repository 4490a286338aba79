import { OptionError, count, oneOf, parse } from '../../dsl/Options.js'
import { completed, endOf, type Count } from '../../dsl/TrainingEvent.js'
import { fromPredicate, type Trigger } from '../../dsl/Trigger.js'
import { counted, one } from './words.js'
import * as v from 'valibot'

const unit = v.optional(oneOf('epochs', 'batches'), 'epochs')
const schemas = {
  after: v.strictObject({ n: count, unit }),
  before: v.strictObject({ n: count, unit }),
  between: v.strictObject({ from: count, to: count, unit }),
}

/** A condition on how much of a run is completed: what `after`, `before` and `between` share. */
export const range = (
  kind: keyof typeof schemas,
  options: Readonly<Record<string, number>>,
  { from = 0, to = Infinity, unit }: { readonly from?: number; readonly to?: number; readonly unit: Count },
): Trigger<never> => {
  parse(kind, schemas[kind], { ...options, unit })
  if (kind === 'between' && to <= from)
    throw new OptionError([{ path: 'between.to', message: `must be above from (${from}), got ${to}` }])
  return fromPredicate<never>(
    { kind, options: { ...options, unit }, events: [endOf(unit)], ambient: true },
    (event) => {
      const n = completed(event, unit)
      return n >= from && n < to && { [unit]: n }
    },
    (_, event) => {
      const n = event === undefined ? 0 : completed(event, unit)
      return [
        {
          by: kind,
          why: { ...options, unit },
          ...(event !== undefined && n < from && { needs: counted(from - n, `more ${one(unit)}`) }),
          ...(n >= to && { needs: 'its time is over' }),
        },
      ]
    },
  )
}
