import type { Schedule } from '../../dsl/Schedule.js'
import { above, parse } from '../../dsl/Options.js'
import { warm, warmUp, type Warm } from './warmUp.js'
import * as v from 'valibot'

const schema = v.strictObject({ ...warm, timescale: v.nullish(above(0), null) })

/**
 * transformers' 'inverse_sqrt': up on a line, then down with the square root of the steps; `timescale` is the warm-up by default.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * const schedule = hf.inverseSqrt({ initial: 1, warmupSteps: 4 })
 * ;[0, 4, 16].map(schedule.at) // => [0, 1, 0.5]
 */
export const inverseSqrt = (options: Warm & { readonly timescale?: number | null }): Schedule => {
  const o = parse('hf.inverseSqrt', schema, options)
  const scale = o.timescale ?? (o.warmupSteps || 10_000)
  return warmUp('inverseSqrt', o, (step) => 1 / Math.sqrt((step + scale - o.warmupSteps) / scale))
}
