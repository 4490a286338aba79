import { make, type Schedule } from '../dsl/Schedule.js'
import { atLeast, parse, positive } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ initial: atLeast(0), drop: v.optional(atLeast(0), 0.5), every: positive })

/**
 * `initial * drop^floor(step / every)`: a staircase.
 * @category schedules
 * @example
 * import { stepDecay } from 'rxfit'
 * const schedule = stepDecay({ initial: 1, drop: 0.5, every: 10 })
 * ;[0, 9, 10, 20].map(schedule.at) // => [1, 1, 0.5, 0.25]
 */
export const stepDecay = (options: {
  readonly initial: number
  readonly drop?: number
  readonly every: number
}): Schedule => {
  const { initial, drop, every } = parse('stepDecay', schema, options)
  return make('stepDecay', { ...options }, (step) => initial * drop ** Math.floor(step / every))
}
