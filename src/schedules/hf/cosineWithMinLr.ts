import type { Schedule } from '../../dsl/Schedule.js'
import { OptionError, finite, parse } from '../../dsl/Options.js'
import { progress, trained, warmUp, type Trained } from './warmUp.js'
import * as v from 'valibot'

const schema = v.strictObject({
  ...trained,
  cycles: v.optional(finite, 0.5),
  minLr: v.nullish(finite, null),
  minLrRate: v.nullish(finite, null),
})

/**
 * transformers' 'cosine_with_min_lr': as 'cosine', but down to `minLr`, or to `minLrRate` of the rate.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * const schedule = hf.cosineWithMinLr({ initial: 1, warmupSteps: 0, trainingSteps: 4, minLr: 0.5 })
 * ;[0, 4].map(schedule.at) // => [1, 0.5]
 */
export const cosineWithMinLr = (
  options: Trained & {
    readonly cycles?: number
    readonly minLr?: number | null
    readonly minLrRate?: number | null
  },
): Schedule => {
  const o = parse('hf.cosineWithMinLr', schema, options)
  if ((o.minLr === null) === (o.minLrRate === null))
    throw new OptionError([{ path: 'hf.cosineWithMinLr.minLr', message: 'give one of minLr and minLrRate' }])
  const least = o.minLrRate ?? (o.minLr as number) / o.initial
  return warmUp('cosineWithMinLr', o, (step) => {
    const done = progress(step, o.warmupSteps, o.trainingSteps)
    const factor = 0.5 * (1 + Math.cos(Math.PI * o.cycles * 2 * done))
    return Math.max(0, factor * (1 - least) + least)
  })
}
