import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, finite, parse, positive } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ initial: atLeast(0), tMax: positive, etaMin: v.optional(finite, 0) })

/**
 * PyTorch's CosineAnnealingLR: half a cosine down to `etaMin` in `tMax` steps, and up again after that. In closed form, where
 * PyTorch goes from step to step and drifts in the last digits.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const schedule = torch.cosineAnnealingLR({ initial: 1, tMax: 4 })
 * ;[0, 4, 8].map(schedule.at) // => [1, 0, 1]
 */
export const cosineAnnealingLR = (options: {
  readonly initial: number
  readonly tMax: number
  readonly etaMin?: number
}): Schedule => {
  const { initial, tMax, etaMin } = parse('torch.cosineAnnealingLR', schema, options)
  return make(
    'torch.cosineAnnealingLR',
    { ...options },
    // the period taken off first: the cosine of a large number is less exact
    (step) => etaMin + ((initial - etaMin) * (1 + Math.cos((Math.PI * (step % (2 * tMax))) / tMax))) / 2,
  )
}
