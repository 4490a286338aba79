import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, flag, parse, whole } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initValue: finite,
  transitionSteps: whole,
  decayRate: finite,
  transitionBegin: v.optional(whole, 0),
  staircase: v.optional(flag, false),
  endValue: v.nullish(finite, null),
})

/**
 * Optax' exponential_decay: times `decayRate` every `transitionSteps` steps; `endValue` limits it from step 0 on.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.exponentialDecay({ initValue: 1, transitionSteps: 2, decayRate: 0.25, endValue: 0.25 })
 * ;[0, 1, 2, 3].map(schedule.at) // => [1, 0.5, 0.25, 0.25]
 */
export const exponentialDecay = (options: {
  readonly initValue: number
  readonly transitionSteps: number
  readonly decayRate: number
  readonly transitionBegin?: number
  readonly staircase?: boolean
  readonly endValue?: number | null
}): Schedule => {
  const o = parse('optax.exponentialDecay', schema, options)
  const begin = Math.max(0, o.transitionBegin)
  // a limit below which it doesn't fall, or above which it doesn't grow
  const limit = (value: number): number => {
    if (o.endValue === null) return value
    return o.decayRate < 1 ? Math.max(value, o.endValue) : Math.min(value, o.endValue)
  }
  return make('optax.exponentialDecay', { ...options }, (step) => {
    if (o.transitionSteps <= 0 || o.decayRate === 0) return o.initValue
    const periods = (step - begin) / o.transitionSteps
    const power = o.staircase ? Math.floor(periods) : periods
    return limit(step <= begin ? o.initValue : o.initValue * o.decayRate ** power)
  })
}
