import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, parse, whole } from '../../dsl/Options.js'
import { joinSchedules } from './joinSchedules.js'
import { warmupCosineDecaySchedule } from './warmupCosineDecaySchedule.js'
import * as v from 'valibot'

const schema = v.strictObject({
  cosineKwargs: v.array(
    v.strictObject({
      initValue: finite,
      peakValue: finite,
      warmupSteps: whole,
      decaySteps: whole,
      endValue: v.optional(finite, 0),
      exponent: v.optional(finite, 1),
    }),
  ),
})

/**
 * Optax' sgdr_schedule: warm-ups and half cosines, one after another.
 * @category schedules
 * @example
 * import { optax } from 'rxfit'
 * const schedule = optax.sgdrSchedule({ cosineKwargs: [1, 0.5].map((peakValue) => ({ initValue: 0, peakValue, warmupSteps: 1, decaySteps: 3 })) })
 * ;[0, 1, 3, 4].map(schedule.at) // => [0, 1, 0, 0.5]
 */
export const sgdrSchedule = (options: {
  readonly cosineKwargs: ReadonlyArray<Parameters<typeof warmupCosineDecaySchedule>[0]>
}): Schedule => {
  const o = parse('optax.sgdrSchedule', schema, options)
  const parts = o.cosineKwargs.map((kwargs) => warmupCosineDecaySchedule(kwargs))
  const ends = o.cosineKwargs.map((_, i) =>
    o.cosineKwargs.slice(0, i + 1).reduce((sum, { decaySteps }) => sum + decaySteps, 0),
  )
  const { at } = joinSchedules(parts, ends.slice(0, -1))
  return make('optax.sgdrSchedule', { cosineKwargs: o.cosineKwargs.map((kwargs) => ({ ...kwargs })) }, at)
}
