import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, parse, positive } from '../../dsl/Options.js'
import { interpolate } from './interpolate.js'
import * as v from 'valibot'

const schema = v.strictObject({
  transitionSteps: positive,
  peakValue: finite,
  pctStart: v.optional(finite, 0.3),
  divFactor: v.optional(finite, 25),
  finalDivFactor: v.optional(finite, 1e4),
})

/**
 * Optax' cosine_onecycle_schedule: up from `peakValue / divFactor` and down to the end, along half cosines.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.cosineOnecycleSchedule({ transitionSteps: 8, peakValue: 1, pctStart: 0.5, divFactor: 4 })
 * ;[0, 4].map(schedule.at) // => [0.25, 1]
 */
export const cosineOnecycleSchedule = (options: {
  readonly transitionSteps: number
  readonly peakValue: number
  readonly pctStart?: number
  readonly divFactor?: number
  readonly finalDivFactor?: number
}): Schedule => {
  const o = parse('optax.cosineOnecycleSchedule', schema, options)
  const steps = o.transitionSteps
  const scales = new Map([
    [Math.trunc(o.pctStart * steps), o.divFactor],
    [steps, 1 / (o.divFactor * o.finalDivFactor)],
  ])
  const sorted = [...scales].sort(([a], [b]) => a - b)
  return make('optax.cosineOnecycleSchedule', { ...options }, interpolate('cosine', o.peakValue / o.divFactor, sorted))
}
