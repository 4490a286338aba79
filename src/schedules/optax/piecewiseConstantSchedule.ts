import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, finite, parse } from '../../dsl/Options.js'
import { sortedScales } from './interpolate.js'
import * as v from 'valibot'

const schema = v.strictObject({
  initValue: finite,
  boundariesAndScales: v.nullish(v.record(v.string(), atLeast(0)), null),
})

/**
 * Optax' piecewise_constant_schedule: times the scale of each boundary that was reached.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.piecewiseConstantSchedule({ initValue: 1, boundariesAndScales: { 2: 0.5, 4: 0.5 } })
 * ;[0, 2, 4].map(schedule.at) // => [1, 0.5, 0.25]
 */
export const piecewiseConstantSchedule = (options: {
  readonly initValue: number
  readonly boundariesAndScales?: Readonly<Record<string, number>> | null
}): Schedule => {
  const o = parse('optax.piecewiseConstantSchedule', schema, options)
  const scales = sortedScales(o.boundariesAndScales)
  return make('optax.piecewiseConstantSchedule', { ...options }, (step) =>
    scales.reduce((value, [boundary, scale]) => (step >= boundary ? scale * value : value), o.initValue),
  )
}
