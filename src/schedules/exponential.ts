import { make, type Schedule } from '../dsl/Schedule.js'
import { atLeast, flag, parse, positive } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initial: atLeast(0),
  rate: atLeast(0),
  steps: v.optional(positive, 1),
  staircase: v.optional(flag, false),
})

/**
 * `initial * rate^(step / steps)`, in whole powers with `staircase`. Keras' ExponentialDecay (decay_steps, decay_rate).
 * @category schedules
 * @example
 * import { exponential } from 'rxfit'
 * const schedule = exponential({ initial: 1, rate: 0.25, steps: 10 })
 * ;[0, 5, 10].map(schedule.at) // => [1, 0.5, 0.25]
 */
export const exponential = (options: {
  readonly initial: number
  readonly rate: number
  readonly steps?: number
  readonly staircase?: boolean
}): Schedule => {
  const { initial, rate, steps, staircase } = parse('exponential', schema, options)
  return make(
    'exponential',
    { ...options },
    (step) => initial * rate ** (staircase ? Math.floor(step / steps) : step / steps),
  )
}
