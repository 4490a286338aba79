import type { Schedule } from '../../dsl/Schedule.js'
import { finite, parse } from '../../dsl/Options.js'
import { progress, trained, warmUp, type Trained } from './warmUp.js'
import * as v from 'valibot'

const schema = v.strictObject({ ...trained, cycles: v.optional(finite, 1) })

/**
 * transformers' 'cosine_with_restarts': up on a line, then `cycles` half cosines, each from the top; 0 after the last step.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * const schedule = hf.cosineWithRestarts({ initial: 1, warmupSteps: 0, trainingSteps: 4, cycles: 2 })
 * ;[0, 1, 2, 4].map(schedule.at) // => [1, 0.5, 1, 0]
 */
export const cosineWithRestarts = (options: Trained & { readonly cycles?: number }): Schedule => {
  const o = parse('hf.cosineWithRestarts', schema, options)
  return warmUp('cosineWithRestarts', o, (step) => {
    const done = progress(step, o.warmupSteps, o.trainingSteps)
    return done >= 1 ? 0 : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((o.cycles * done) % 1))))
  })
}
