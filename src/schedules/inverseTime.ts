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
 * `initial / (1 + rate * step / steps)`, in whole steps with `staircase`. Keras' InverseTimeDecay.
 * @category schedules
 * @example
 * import { inverseTime } from 'rxfit'
 * inverseTime({ initial: 1, rate: 1 }).at(3) // => 0.25
 */
export const inverseTime = (options: {
  readonly initial: number
  readonly rate: number
  readonly steps?: number
  readonly staircase?: boolean
}): Schedule => {
  const { initial, rate, steps, staircase } = parse('inverseTime', schema, options)
  return make(
    'inverseTime',
    { ...options },
    (step) => initial / (1 + rate * (staircase ? Math.floor(step / steps) : step / steps)),
  )
}
