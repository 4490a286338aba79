import type { Schedule } from '../../dsl/Schedule.js'
import { parse } from '../../dsl/Options.js'
import { warm, warmUp, type Warm } from './warmUp.js'
import * as v from 'valibot'

const schema = v.strictObject({ ...warm })

/**
 * transformers' 'constant_with_warmup': up on a line, then constant.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * const schedule = hf.constantWithWarmup({ initial: 1, warmupSteps: 4 })
 * ;[0, 1, 4, 9].map(schedule.at) // => [0, 0.25, 1, 1]
 */
export const constantWithWarmup = (options: Warm): Schedule => {
  const o = parse('hf.constantWithWarmup', schema, options)
  return warmUp('constantWithWarmup', o, () => 1)
}
