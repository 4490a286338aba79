import type { Schedule } from '../../dsl/Schedule.js'
import { OptionError, finite, parse } from '../../dsl/Options.js'
import { trained, warmUp, type Trained } from './warmUp.js'
import * as v from 'valibot'

const schema = v.strictObject({ ...trained, end: v.optional(finite, 1e-7), power: v.optional(finite, 1) })

/**
 * transformers' 'polynomial': up on a line, then down to `end` along a power of what is left. Where the warm-up takes all of
 * the training, the step that leaves it divides by zero.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * const schedule = hf.polynomial({ initial: 1, warmupSteps: 0, trainingSteps: 4, end: 0, power: 2 })
 * ;[0, 2, 4, 9].map(schedule.at) // => [1, 0.25, 0, 0]
 */
export const polynomial = (options: Trained & { readonly end?: number; readonly power?: number }): Schedule => {
  const o = parse('hf.polynomial', schema, options)
  if (!(o.initial > o.end))
    throw new OptionError([{ path: 'hf.polynomial.end', message: `must be below initial, got ${o.end}` }])
  const span = o.trainingSteps - o.warmupSteps
  return warmUp('polynomial', o, (step) => {
    if (step > o.trainingSteps) return o.end / o.initial
    if (span === 0) throw new RangeError('division by zero')
    const left = 1 - (step - o.warmupSteps) / span
    return ((o.initial - o.end) * left ** o.power + o.end) / o.initial
  })
}
