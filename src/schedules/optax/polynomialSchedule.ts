import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, parse, whole } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initValue: finite,
  endValue: finite,
  power: finite,
  transitionSteps: whole,
  transitionBegin: v.optional(whole, 0),
})

/**
 * Optax' polynomial_schedule: from `initValue` to `endValue` in `transitionSteps` steps, along a power of what is left. Without
 * steps it stays at `initValue`.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.polynomialSchedule({ initValue: 1, endValue: 0, power: 2, transitionSteps: 2, transitionBegin: 1 })
 * ;[0, 1, 2, 3].map(schedule.at) // => [1, 1, 0.25, 0]
 */
export const polynomialSchedule = (options: {
  readonly initValue: number
  readonly endValue: number
  readonly power: number
  readonly transitionSteps: number
  readonly transitionBegin?: number
}): Schedule => {
  const o = parse('optax.polynomialSchedule', schema, options)
  const begin = Math.max(0, o.transitionBegin)
  return make('optax.polynomialSchedule', { ...options }, (step) => {
    if (o.transitionSteps <= 0) return o.initValue
    const done = Math.min(Math.max(step - begin, 0), o.transitionSteps) / o.transitionSteps
    return (o.initValue - o.endValue) * (1 - done) ** o.power + o.endValue
  })
}
