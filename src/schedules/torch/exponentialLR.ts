import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, finite, parse } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ initial: atLeast(0), gamma: finite })

/**
 * PyTorch's ExponentialLR: times `gamma` at each step.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * torch.exponentialLR({ initial: 1, gamma: 0.5 }).at(3) // => 0.125
 */
export const exponentialLR = (options: { readonly initial: number; readonly gamma: number }): Schedule => {
  const { initial, gamma } = parse('torch.exponentialLR', schema, options)
  return make('torch.exponentialLR', { ...options }, (step) => initial * gamma ** step)
}
