import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, parse } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  value: finite,
})

/**
 * Optax' constant_schedule.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.constantSchedule({ value: 0.5 })
 * ;[0, 9].map(schedule.at) // => [0.5, 0.5]
 */
export const constantSchedule = (options: { readonly value: number }): Schedule => {
  const o = parse('optax.constantSchedule', schema, options)
  return make('optax.constantSchedule', { ...options }, () => o.value)
}
