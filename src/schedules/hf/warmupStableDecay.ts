import { make, type Schedule } from '../../dsl/Schedule.js'
import { OptionError, atLeast, count, finite, oneOf, parse, whole } from '../../dsl/Options.js'
import * as v from 'valibot'

const shape = oneOf('linear', 'cosine', '1-sqrt')
const schema = v.strictObject({
  initial: atLeast(0),
  warmupSteps: count,
  decaySteps: whole,
  trainingSteps: v.nullish(whole, null),
  stableSteps: v.nullish(whole, null),
  warmupType: v.optional(shape, 'linear'),
  decayType: v.optional(shape, 'cosine'),
  minLrRatio: v.optional(finite, 0),
  cycles: v.optional(finite, 0.5),
})

type Shape = 'linear' | 'cosine' | '1-sqrt'

/**
 * transformers' 'warmup_stable_decay': up, constant, down to `minLrRatio` of the rate, and constant there.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * const schedule = hf.warmupStableDecay({ initial: 1, warmupSteps: 2, stableSteps: 2, decaySteps: 2, decayType: 'linear' })
 * ;[0, 1, 2, 4, 5, 6].map(schedule.at) // => [0, 0.5, 1, 1, 0.5, 0]
 */
export const warmupStableDecay = (options: {
  readonly initial: number
  readonly warmupSteps: number
  readonly decaySteps: number
  readonly trainingSteps?: number | null
  readonly stableSteps?: number | null
  readonly warmupType?: Shape
  readonly decayType?: Shape
  readonly minLrRatio?: number
  readonly cycles?: number
}): Schedule => {
  const o = parse('hf.warmupStableDecay', schema, options)
  if (o.trainingSteps === null && o.stableSteps === null)
    throw new OptionError([{ path: 'hf.warmupStableDecay.stableSteps', message: 'give stableSteps or trainingSteps' }])
  const stable = o.stableSteps ?? (o.trainingSteps as number) - o.warmupSteps - o.decaySteps
  const lifted = (factor: number): number => Math.max(0, factor * (1 - o.minLrRatio) + o.minLrRatio)
  const up: Readonly<Record<Shape, (x: number) => number>> = {
    linear: (x) => x,
    cosine: (x) => 0.5 * (1 - Math.cos(Math.PI * x)),
    '1-sqrt': (x) => 1 - Math.sqrt(1 - x),
  }
  const down: Readonly<Record<Shape, (x: number) => number>> = {
    linear: (x) => 1 - x,
    cosine: (x) => 0.5 * (1 + Math.cos(Math.PI * o.cycles * 2 * x)),
    '1-sqrt': (x) => 1 - Math.sqrt(x),
  }
  const factor = (step: number): number => {
    if (step < o.warmupSteps) return lifted(up[o.warmupType](step / Math.max(1, o.warmupSteps)))
    const after = step - o.warmupSteps - stable
    if (after < 0) return 1
    return after < o.decaySteps ? lifted(down[o.decayType](after / Math.max(1, o.decaySteps))) : o.minLrRatio
  }
  return make('hf.warmupStableDecay', { ...options }, (step) => o.initial * factor(step))
}
