import type { Schedule } from '../../dsl/Schedule.js'
import { finite, parse } from '../../dsl/Options.js'
import { progress, trained, warmUp, type Trained } from './warmUp.js'
import * as v from 'valibot'

const schema = v.strictObject({ ...trained, cycles: v.optional(finite, 0.5) })

/**
 * transformers' 'cosine': up on a line, then along `cycles` cosines (default a half); beyond the last step it goes on.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * const schedule = hf.cosine({ initial: 1, warmupSteps: 0, trainingSteps: 4 })
 * ;[0, 4, 8].map(schedule.at) // => [1, 0, 1]
 */
export const cosine = (options: Trained & { readonly cycles?: number }): Schedule => {
  const o = parse('hf.cosine', schema, options)
  return warmUp('cosine', o, (step) => {
    const done = progress(step, o.warmupSteps, o.trainingSteps)
    return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * o.cycles * 2 * done)))
  })
}
