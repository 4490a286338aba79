import { make, type Schedule } from '../dsl/Schedule.js'
import { OptionError, count, parse } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ boundaries: v.array(count) })

/**
 * Schedules one after another: each counts from the boundary where it takes over. `boundaries` has one entry fewer and rises.
 * Optax' join_schedules.
 * @category schedules
 * @example
 * import { constant, exponential, join } from 'rxfit'
 * const schedule = join([constant(1), exponential({ initial: 1, rate: 0.5 })], [5])
 * ;[0, 5, 6].map(schedule.at) // => [1, 1, 0.5]
 */
export const join = (schedules: ReadonlyArray<Schedule>, boundaries: ReadonlyArray<number>): Schedule => {
  parse('join', schema, { boundaries })
  const rising = boundaries.every((b, i) => i === 0 || b > (boundaries[i - 1] as number))
  if (schedules.length === 0 || boundaries.length !== schedules.length - 1 || !rising)
    throw new OptionError([
      {
        path: 'join.boundaries',
        message: `must rise and have one entry fewer than the ${schedules.length} schedules, got ${boundaries.join(', ') || 'none'}`,
      },
    ])
  return make(
    'join',
    { boundaries: [...boundaries] },
    (step) => {
      const i = boundaries.filter((b) => step >= b).length
      return (schedules[i] as Schedule).at(step - (boundaries[i - 1] ?? 0))
    },
    schedules,
  )
}
