import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, parse, whole } from '../../dsl/Options.js'
import { cosineDecaySchedule } from './cosineDecaySchedule.js'
import { joinSchedules } from './joinSchedules.js'
import { linearSchedule } from './linearSchedule.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initValue: finite,
  peakValue: finite,
  warmupSteps: whole,
  decaySteps: whole,
  endValue: v.optional(finite, 0),
  exponent: v.optional(finite, 1),
})

/**
 * Optax' warmup_cosine_decay_schedule: up on a line, then half a cosine down; `decaySteps` counts the warm-up too.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.warmupCosineDecaySchedule({ initValue: 0, peakValue: 1, warmupSteps: 2, decaySteps: 6 })
 * ;[0, 1, 2, 6].map(schedule.at) // => [0, 0.5, 1, 0]
 */
export const warmupCosineDecaySchedule = (options: {
  readonly initValue: number
  readonly peakValue: number
  readonly warmupSteps: number
  readonly decaySteps: number
  readonly endValue?: number
  readonly exponent?: number
}): Schedule => {
  const o = parse('optax.warmupCosineDecaySchedule', schema, options)
  const { initValue, peakValue, warmupSteps, exponent } = o
  const alpha = peakValue === 0 ? 0 : o.endValue / peakValue
  const rising = linearSchedule({ initValue, endValue: peakValue, transitionSteps: warmupSteps })
  const decaySteps = o.decaySteps - warmupSteps
  const falling = cosineDecaySchedule({ initValue: peakValue, decaySteps, alpha, exponent })
  const { at } = joinSchedules([rising, falling], [warmupSteps])
  return make('optax.warmupCosineDecaySchedule', { ...options }, at)
}
