import { make, type Schedule } from '../dsl/Schedule.js'
import { above, atLeast, parse, positive } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initial: atLeast(0),
  firstSteps: positive,
  tMul: v.optional(atLeast(1), 2),
  mMul: v.optional(above(0), 1),
  alpha: v.optional(atLeast(0), 0),
})

/** Which period a step lies in, and how far through it (0 to 1), where each is `tMul` times as long as the one before. */
const locate = (step: number, first: number, tMul: number): readonly [period: number, progress: number] => {
  if (tMul === 1) return [Math.floor(step / first), (step / first) % 1]
  let [period, start, length] = [0, 0, first]
  while (step >= start + length) [period, start, length] = [period + 1, start + length, length * tMul]
  return [period, (step - start) / length]
}

/**
 * Cosine decay that starts anew: periods of `firstSteps`, `firstSteps * tMul` … steps, the peaks `initial * mMul^period`
 * (SGDR, Loshchilov & Hutter 2016). Keras' CosineDecayRestarts.
 * @category schedules
 * @example
 * import { cosineRestarts } from 'rxfit'
 * const schedule = cosineRestarts({ initial: 1, firstSteps: 10, mMul: 0.5 })
 * ;[0, 10, 30].map(schedule.at) // => [1, 0.5, 0.25]
 */
export const cosineRestarts = (options: {
  readonly initial: number
  readonly firstSteps: number
  readonly tMul?: number
  readonly mMul?: number
  readonly alpha?: number
}): Schedule => {
  const { initial, firstSteps, tMul, mMul, alpha } = parse('cosineRestarts', schema, options)
  return make('cosineRestarts', { ...options }, (step) => {
    const [period, progress] = locate(step, firstSteps, tMul)
    return initial * ((1 - alpha) * 0.5 * mMul ** period * (1 + Math.cos(Math.PI * progress)) + alpha)
  })
}
