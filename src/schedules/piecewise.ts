import { make, type Schedule } from '../dsl/Schedule.js'
import { OptionError, atLeast, count, parse } from '../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ boundaries: v.array(count), values: v.array(atLeast(0)) })

/**
 * `values[i]` where `i` boundaries have been reached: `values` has one more entry than `boundaries`, which rise. Reached means
 * `step >= boundary` (Keras' PiecewiseConstantDecay changes one step later, at `step > boundary`).
 * @category schedules
 * @example
 * import { piecewise } from 'rxfit'
 * const schedule = piecewise({ boundaries: [10, 20], values: [1, 0.5, 0.25] })
 * ;[0, 9, 10, 20].map(schedule.at) // => [1, 1, 0.5, 0.25]
 */
export const piecewise = (options: {
  readonly boundaries: ReadonlyArray<number>
  readonly values: ReadonlyArray<number>
}): Schedule => {
  const { boundaries, values } = parse('piecewise', schema, options)
  const problems = [
    ...(values.length === boundaries.length + 1
      ? []
      : [
          {
            path: 'piecewise.values',
            message: `must have ${boundaries.length + 1} entries, one more than boundaries, got ${values.length}`,
          },
        ]),
    ...(boundaries.every((b, i) => i === 0 || b > (boundaries[i - 1] as number))
      ? []
      : [{ path: 'piecewise.boundaries', message: `must rise, got ${boundaries.join(', ')}` }]),
  ]
  if (problems.length > 0) throw new OptionError(problems)
  return make(
    'piecewise',
    { boundaries, values },
    (step) => values[boundaries.filter((b) => step >= b).length] as number,
  )
}
