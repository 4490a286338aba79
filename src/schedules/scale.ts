import { make, type Schedule } from '../dsl/Schedule.js'
import { atLeast, parse } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ factor: atLeast(0) })

/**
 * Another schedule times a factor.
 * @category schedules
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { constant, scale } from 'rxfit'
 * pipe(constant(2), scale(0.5)).at(0) // => 1
 */
export const scale =
  (factor: number) =>
  (schedule: Schedule): Schedule => {
    parse('scale', schema, { factor })
    return make('scale', { factor }, (step) => factor * schedule.at(step), [schedule])
  }
