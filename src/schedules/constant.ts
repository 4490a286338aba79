import { make, type Schedule } from '../dsl/Schedule.js'
import { atLeast, parse } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ value: atLeast(0) })

/**
 * The same value for ever.
 * @category schedules
 * @example
 * import { constant } from 'rxfit'
 * constant(0.01).at(100) // => 0.01
 */
export const constant = (value: number): Schedule => make('constant', parse('constant', schema, { value }), () => value)
