import { make, type Schedule } from '../dsl/Schedule.js'
import { above, oneOf, parse, positive, within } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({
  max: above(0),
  steps: positive,
  pctStart: v.optional(within(0, 1), 0.3),
  divFactor: v.optional(above(0), 25),
  finalDivFactor: v.optional(above(0), 1e4),
  anneal: v.optional(oneOf('cos', 'linear'), 'cos'),
})

/**
 * Smith's 1cycle policy (2018): up from `max / divFactor` to `max` over `pctStart` of the steps, then down to
 * `max / divFactor / finalDivFactor`; along cosines or lines. Defaults are PyTorch's OneCycleLR.
 * @category schedules
 * @example
 * import { oneCycle } from 'rxfit'
 * const schedule = oneCycle({ max: 1, steps: 11, pctStart: 0.3, divFactor: 10, anneal: 'linear' })
 * schedule.at(0) // => 0.1
 */
export const oneCycle = (options: {
  readonly max: number
  readonly steps: number
  readonly pctStart?: number
  readonly divFactor?: number
  readonly finalDivFactor?: number
  readonly anneal?: 'cos' | 'linear'
}): Schedule => {
  const { max, steps, pctStart, divFactor, finalDivFactor, anneal } = parse('oneCycle', schema, options)
  const initial = max / divFactor
  const final = initial / finalDivFactor
  const between = (from: number, to: number, t: number): number =>
    anneal === 'linear' ? from + (to - from) * t : to + ((from - to) / 2) * (1 + Math.cos(Math.PI * t))
  const up = pctStart * steps - 1
  const last = steps - 1
  return make('oneCycle', { ...options }, (step) => {
    if (step <= up) return up > 0 ? between(initial, max, step / up) : max
    if (step >= last) return final
    return between(max, final, (step - Math.max(up, 0)) / (last - Math.max(up, 0)))
  })
}
