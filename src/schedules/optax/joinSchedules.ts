import { make, type Schedule } from '../../dsl/Schedule.js'
import { OptionError, parse, whole } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ boundaries: v.array(whole) })

/**
 * Optax' join_schedules: each schedule counts from its boundary. Schedules beyond the boundaries are left out, unlike in `join`.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const parts = [optax.constantSchedule({ value: 1 }), optax.linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 2 })]
 * const schedule = optax.joinSchedules(parts, [3])
 * ;[0, 3, 4, 5].map(schedule.at) // => [1, 1, 0.5, 0]
 */
export const joinSchedules = (schedules: ReadonlyArray<Schedule>, boundaries: ReadonlyArray<number>): Schedule => {
  parse('optax.joinSchedules', schema, { boundaries })
  const [first, ...rest] = schedules
  if (!first) throw new OptionError([{ path: 'optax.joinSchedules.schedules', message: 'must not be empty' }])
  return make(
    'optax.joinSchedules',
    { boundaries },
    (step) => {
      // the last boundary in the list that was reached counts, even where they don't rise
      const i = rest.findLastIndex((_, at) => at < boundaries.length && step >= (boundaries[at] as number))
      return i < 0 ? first.at(step) : (rest[i] as Schedule).at(step - (boundaries[i] as number))
    },
    schedules,
  )
}
