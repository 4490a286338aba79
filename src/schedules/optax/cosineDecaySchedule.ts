import { make, type Schedule } from '../../dsl/Schedule.js'
import { above, finite, parse } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initValue: finite,
  decaySteps: above(0),
  alpha: v.optional(finite, 0),
  exponent: v.optional(finite, 1),
})

/**
 * Optax' cosine_decay_schedule: half a cosine, to a power, down to `alpha` of `initValue`.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.cosineDecaySchedule({ initValue: 1, decaySteps: 4, alpha: 0.5 })
 * ;[0, 4, 9].map(schedule.at) // => [1, 0.5, 0.5]
 */
export const cosineDecaySchedule = (options: {
  readonly initValue: number
  readonly decaySteps: number
  readonly alpha?: number
  readonly exponent?: number
}): Schedule => {
  const o = parse('optax.cosineDecaySchedule', schema, options)
  return make('optax.cosineDecaySchedule', { ...options }, (step) => {
    const cosine = 0.5 * (1 + Math.cos((Math.PI * Math.min(step, o.decaySteps)) / o.decaySteps))
    return o.initValue * ((1 - o.alpha) * cosine ** o.exponent + o.alpha)
  })
}
