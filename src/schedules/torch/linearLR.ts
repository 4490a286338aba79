import { make, type Schedule } from '../../dsl/Schedule.js'
import { OptionError, atLeast, parse, whole, within } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initial: atLeast(0),
  startFactor: v.optional(within(0, 1), 1 / 3),
  endFactor: v.optional(within(0, 1), 1),
  totalIters: v.optional(whole, 5),
})

/**
 * PyTorch's LinearLR: from `startFactor` to `endFactor` times the rate in `totalIters` steps.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const schedule = torch.linearLR({ initial: 1, startFactor: 0.25, totalIters: 3 })
 * ;[0, 1, 3, 9].map(schedule.at) // => [0.25, 0.5, 1, 1]
 */
export const linearLR = (options: {
  readonly initial: number
  readonly startFactor?: number
  readonly endFactor?: number
  readonly totalIters?: number
}): Schedule => {
  const { initial, startFactor, endFactor, totalIters } = parse('torch.linearLR', schema, options)
  if (startFactor === 0)
    throw new OptionError([{ path: 'torch.linearLR.startFactor', message: 'must be above 0, got 0' }])
  return make('torch.linearLR', { ...options }, (step) => {
    // without steps to take it stays where it began
    const done = totalIters <= 0 ? 0 : Math.min(totalIters, step) / totalIters
    return initial * (startFactor + (endFactor - startFactor) * done)
  })
}
