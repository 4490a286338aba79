import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, flag, parse, whole } from '../../dsl/Options.js'
import { exponentialDecay } from './exponentialDecay.js'
import { joinSchedules } from './joinSchedules.js'
import { linearSchedule } from './linearSchedule.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initValue: finite,
  peakValue: finite,
  warmupSteps: whole,
  transitionSteps: whole,
  decayRate: finite,
  transitionBegin: v.optional(whole, 0),
  staircase: v.optional(flag, false),
  endValue: v.nullish(finite, null),
})

/**
 * Optax' warmup_exponential_decay_schedule: up on a line, then down exponentially.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.warmupExponentialDecaySchedule({ initValue: 0, peakValue: 1, warmupSteps: 2, transitionSteps: 1, decayRate: 0.5 })
 * ;[0, 1, 2, 3].map(schedule.at) // => [0, 0.5, 1, 0.5]
 */
export const warmupExponentialDecaySchedule = (options: {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
  readonly transitionSteps: number
  readonly decayRate: number
  readonly transitionBegin?: number
  readonly staircase?: boolean
  readonly endValue?: number | null
}): Schedule => {
  const o = parse('optax.warmupExponentialDecaySchedule', schema, options)
  const { initValue, peakValue, warmupSteps, ...decay } = o
  const rising = linearSchedule({ initValue, endValue: peakValue, transitionSteps: warmupSteps })
  const { at } = joinSchedules([rising, exponentialDecay({ ...decay, initValue: peakValue })], [warmupSteps])
  return make('optax.warmupExponentialDecaySchedule', { ...options }, at)
}
