import type { Schedule } from '../../dsl/Schedule.js'
import { parse } from '../../dsl/Options.js'
import { trained, warmUp, type Trained } from './warmUp.js'
import * as v from 'valibot'

const schema = v.strictObject({ ...trained })

/**
 * transformers' 'linear': up on a line, then down on one to 0 at the last step.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * const schedule = hf.linear({ initial: 1, warmupSteps: 2, trainingSteps: 6 })
 * ;[0, 1, 2, 4, 6].map(schedule.at) // => [0, 0.5, 1, 0.5, 0]
 */
export const linear = (options: Trained): Schedule => {
  const o = parse('hf.linear', schema, options)
  const left = Math.max(1, o.trainingSteps - o.warmupSteps)
  return warmUp('linear', o, (step) => Math.max(0, (o.trainingSteps - step) / left))
}
