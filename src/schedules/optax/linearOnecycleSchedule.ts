import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, parse, positive } from '../../dsl/Options.js'
import { interpolate } from './interpolate.js'
import * as v from 'valibot'

const schema = v.strictObject({
  transitionSteps: positive,
  peakValue: finite,
  pctStart: v.optional(finite, 0.3),
  pctFinal: v.optional(finite, 0.85),
  divFactor: v.optional(finite, 25),
  finalDivFactor: v.optional(finite, 1e4),
})

/**
 * Optax' linear_onecycle_schedule: up from `peakValue / divFactor`, down to it again, and down to the end, on lines.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.linearOnecycleSchedule({ transitionSteps: 8, peakValue: 1, pctStart: 0.5, pctFinal: 0.75, divFactor: 4 })
 * ;[0, 4, 6].map(schedule.at) // => [0.25, 1, 0.25]
 */
export const linearOnecycleSchedule = (options: {
  readonly transitionSteps: number
  readonly peakValue: number
  readonly pctStart?: number
  readonly pctFinal?: number
  readonly divFactor?: number
  readonly finalDivFactor?: number
}): Schedule => {
  const o = parse('optax.linearOnecycleSchedule', schema, options)
  const steps = o.transitionSteps
  // of two boundaries at one step the later one counts
  const scales = new Map([
    [Math.trunc(o.pctStart * steps), o.divFactor],
    [Math.trunc(o.pctFinal * steps), 1 / o.divFactor],
    [steps, 1 / o.finalDivFactor],
  ])
  const sorted = [...scales].sort(([a], [b]) => a - b)
  return make('optax.linearOnecycleSchedule', { ...options }, interpolate('linear', o.peakValue / o.divFactor, sorted))
}
