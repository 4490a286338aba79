import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, parse, whole } from '../../dsl/Options.js'
import { polynomialSchedule } from './polynomialSchedule.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initValue: finite,
  endValue: finite,
  transitionSteps: whole,
  transitionBegin: v.optional(whole, 0),
})

/**
 * Optax' linear_schedule: from `initValue` to `endValue` in `transitionSteps` steps.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.linearSchedule({ initValue: 1, endValue: 0, transitionSteps: 2 })
 * ;[0, 1, 2, 3].map(schedule.at) // => [1, 0.5, 0, 0]
 */
export const linearSchedule = (options: {
  readonly initValue: number
  readonly endValue: number
  readonly transitionSteps: number
  readonly transitionBegin?: number
}): Schedule => {
  const o = parse('optax.linearSchedule', schema, options)
  const { at } = polynomialSchedule({ ...o, power: 1 })
  return make('optax.linearSchedule', { ...options }, at)
}
