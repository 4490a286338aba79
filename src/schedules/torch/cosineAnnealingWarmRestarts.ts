import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, finite, parse, positive } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initial: atLeast(0),
  t0: positive,
  tMult: v.optional(positive, 1),
  etaMin: v.optional(finite, 0),
})

/** Steps since the last restart, and until the next. */
const locate = (step: number, t0: number, tMult: number): readonly [done: number, of: number] => {
  if (tMult === 1) return [step % t0, t0]
  let [begun, length] = [0, t0]
  while (step >= begun + length) [begun, length] = [begun + length, length * tMult]
  return [step - begun, length]
}

/**
 * PyTorch's CosineAnnealingWarmRestarts: half cosines down to `etaMin`, the first `t0` steps long and each `tMult` times as
 * long as the one before.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const schedule = torch.cosineAnnealingWarmRestarts({ initial: 1, t0: 2, tMult: 2 })
 * ;[0, 1, 2, 4, 6].map(schedule.at) // => [1, 0.5, 1, 0.5, 1]
 */
export const cosineAnnealingWarmRestarts = (options: {
  readonly initial: number
  readonly t0: number
  readonly tMult?: number
  readonly etaMin?: number
}): Schedule => {
  const { initial, t0, tMult, etaMin } = parse('torch.cosineAnnealingWarmRestarts', schema, options)
  return make('torch.cosineAnnealingWarmRestarts', { ...options }, (step) => {
    const [done, of] = locate(step, t0, tMult)
    return etaMin + ((initial - etaMin) * (1 + Math.cos((Math.PI * done) / of))) / 2
  })
}
