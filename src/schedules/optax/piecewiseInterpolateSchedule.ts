import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, finite, oneOf, parse } from '../../dsl/Options.js'
import { interpolate, sortedScales } from './interpolate.js'
import * as v from 'valibot'

const schema = v.strictObject({
  interpolateType: oneOf('linear', 'cosine'),
  initValue: finite,
  boundariesAndScales: v.nullish(v.record(v.string(), atLeast(0)), null),
})

/**
 * Optax' piecewise_interpolate_schedule: from one product of scales to the next, along lines or half cosines. A stretch
 * without length makes every value NaN.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.piecewiseInterpolateSchedule({ interpolateType: 'linear', initValue: 1, boundariesAndScales: { 2: 0.5 } })
 * ;[0, 1, 2, 9].map(schedule.at) // => [1, 0.75, 0.5, 0.5]
 */
export const piecewiseInterpolateSchedule = (options: {
  readonly interpolateType: 'linear' | 'cosine'
  readonly initValue: number
  readonly boundariesAndScales?: Readonly<Record<string, number>> | null
}): Schedule => {
  const o = parse('optax.piecewiseInterpolateSchedule', schema, options)
  const scales = sortedScales(o.boundariesAndScales)
  const at = interpolate(o.interpolateType, o.initValue, scales)
  return make('optax.piecewiseInterpolateSchedule', { ...options }, at)
}
