import * as v from 'valibot'
import { atLeast, count, flag, mode, parse, text } from '../../dsl/Options.js'

export interface SweepOptions {
  /** metric that says how good a kept model is: the one you care about, which policies need not watch */
  readonly judge: string
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others */
  readonly judgeMode?: 'auto' | 'min' | 'max'
  /** a stop is premature if a later value beats all before it by more than this, in the judge's units; 0 or more. Default 0 */
  readonly tolerance?: number
  /** rate that training begins with, if the logs don't say or another is to be tried */
  readonly learningRate?: number
  /** true: logs that don't say how their run ended did so where it was planned to. Default false: what doesn't stop there is censored */
  readonly completed?: boolean
  /** resamples for the intervals, up to 100,000; 0: none. Default 1000 */
  readonly bootstrap?: number
  /** splits for the held-out choice, up to 100,000; 0: none. Default 200 */
  readonly splits?: number
  /** a whole number from 0: the same seed gives the same intervals and splits. Default 0 */
  readonly seed?: number
}

/** More than any interval is worth, and than fit in memory. */
const most = 100_000
const times = v.pipe(count, v.maxValue(most, `must be ${most} or less`))

const schema = v.strictObject({
  judge: text,
  judgeMode: mode,
  tolerance: v.optional(atLeast(0), 0),
  learningRate: v.optional(atLeast(0)),
  completed: v.optional(flag, false),
  bootstrap: v.optional(times, 1000),
  splits: v.optional(times, 200),
  seed: v.optional(count, 0),
})

export type Settled = v.InferOutput<typeof schema>

/** Options with their defaults, or an error with all that is wrong with them. */
export const settle = (options: SweepOptions): Settled => parse('sweep', schema, options)
