import { make, type Schedule } from '../dsl/Schedule.js'
import { atLeast, count, parse, positive } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initial: atLeast(0),
  steps: positive,
  alpha: v.optional(atLeast(0), 0),
  warmupTarget: v.optional(atLeast(0)),
  warmupSteps: v.optional(count, 0),
})

/**
 * Half a cosine from `initial` down to `alpha * initial` over `steps`, then constant (Loshchilov & Hutter 2016). With
 * `warmupTarget` it first rises on a line from `initial` to that over `warmupSteps` and falls from there. Keras' CosineDecay.
 * @category schedules
 * @example
 * import { cosine } from 'rxfit'
 * const schedule = cosine({ initial: 1, steps: 10 })
 * ;[0, 10, 20].map(schedule.at) // => [1, 0, 0]
 */
export const cosine = (options: {
  readonly initial: number
  readonly steps: number
  readonly alpha?: number
  readonly warmupTarget?: number
  readonly warmupSteps?: number
}): Schedule => {
  const { initial, steps, alpha, warmupTarget, warmupSteps } = parse('cosine', schema, options)
  const warm = warmupTarget === undefined ? 0 : warmupSteps
  const peak = warmupTarget ?? initial
  return make('cosine', { ...options }, (step) => {
    if (step < warm) return initial + (peak - initial) * (step / warm)
    const progress = Math.min(step - warm, steps) / steps
    return peak * ((1 - alpha) * 0.5 * (1 + Math.cos(Math.PI * progress)) + alpha)
  })
}
