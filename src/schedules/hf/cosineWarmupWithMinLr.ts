import { make, type Schedule } from '../../dsl/Schedule.js'
import { OptionError, finite, parse } from '../../dsl/Options.js'
import { trained, type Trained } from './warmUp.js'
import * as v from 'valibot'

const schema = v.strictObject({
  ...trained,
  cycles: v.optional(finite, 0.5),
  minLr: v.nullish(finite, null),
  minLrRate: v.nullish(finite, null),
  warmupLrRate: v.nullish(finite, null),
})

/**
 * transformers' 'cosine_warmup_with_min_lr': as 'cosine_with_min_lr', but the warm-up's first step is not 0, or begins at
 * `warmupLrRate` of the rate; everything is one step ahead.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * const schedule = hf.cosineWarmupWithMinLr({ initial: 1, warmupSteps: 2, trainingSteps: 6, minLr: 0 })
 * ;[0, 1, 5].map(schedule.at) // => [0.5, 1, 0]
 */
export const cosineWarmupWithMinLr = (
  options: Trained & {
    readonly cycles?: number
    readonly minLr?: number | null
    readonly minLrRate?: number | null
    readonly warmupLrRate?: number | null
  },
): Schedule => {
  const o = parse('hf.cosineWarmupWithMinLr', schema, options)
  if ((o.minLr === null) === (o.minLrRate === null))
    throw new OptionError([{ path: 'hf.cosineWarmupWithMinLr.minLr', message: 'give one of minLr and minLrRate' }])
  const least = o.minLrRate ?? (o.minLr as number) / o.initial
  const warming = (step: number): number =>
    o.warmupLrRate === null
      ? (step + 1) / Math.max(1, o.warmupSteps)
      : o.warmupLrRate + ((1 - o.warmupLrRate) * step) / Math.max(1, o.warmupSteps - 1)
  const after = (step: number): number => {
    const done = (step - o.warmupSteps + 1) / Math.max(1, o.trainingSteps - o.warmupSteps)
    const factor = 0.5 * (1 + Math.cos(Math.PI * o.cycles * 2 * done))
    return Math.max(0, factor * (1 - least) + least)
  }
  return make(
    'hf.cosineWarmupWithMinLr',
    { ...options },
    (step) => o.initial * (step < o.warmupSteps ? warming(step) : after(step)),
  )
}
