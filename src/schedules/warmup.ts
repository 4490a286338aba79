import { make, type Schedule } from '../dsl/Schedule.js'
import { atLeast, parse, positive } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ steps: positive, from: v.optional(atLeast(0), 0) })

/**
 * Warms another schedule up: for the first `steps` a line from `from` to the schedule's own first value, then the schedule
 * from its beginning (Goyal et al. 2017).
 * @category schedules
 * @example
 * import { constant, warmup } from 'rxfit'
 * const schedule = warmup({ steps: 4 })(constant(1))
 * ;[0, 1, 2, 4, 9].map(schedule.at) // => [0, 0.25, 0.5, 1, 1]
 */
export const warmup =
  (options: { readonly steps: number; readonly from?: number }) =>
  (then: Schedule): Schedule => {
    const { steps, from } = parse('warmup', schema, options)
    const to = then.at(0)
    return make(
      'warmup',
      { ...options },
      (step) => (step < steps ? from + (to - from) * (step / steps) : then.at(step - steps)),
      [then],
    )
  }
