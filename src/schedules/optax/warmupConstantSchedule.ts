import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, parse, whole } from '../../dsl/Options.js'
import { linearSchedule } from './linearSchedule.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initValue: finite,
  peakValue: finite,
  warmupSteps: whole,
})

/**
 * Optax' warmup_constant_schedule: up on a line, then constant. Without warm-up it stays at `initValue`.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.warmupConstantSchedule({ initValue: 0, peakValue: 1, warmupSteps: 2 })
 * ;[0, 1, 2, 9].map(schedule.at) // => [0, 0.5, 1, 1]
 */
export const warmupConstantSchedule = (options: {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
}): Schedule => {
  const o = parse('optax.warmupConstantSchedule', schema, options)
  const { at } = linearSchedule({ initValue: o.initValue, endValue: o.peakValue, transitionSteps: o.warmupSteps })
  return make('optax.warmupConstantSchedule', { ...options }, at)
}
