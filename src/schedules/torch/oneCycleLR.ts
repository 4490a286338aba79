import { make, type Schedule } from '../../dsl/Schedule.js'
import { OptionError, finite, flag, oneOf, parse, positive, within } from '../../dsl/Options.js'
import * as v from 'valibot'

const cycle = {
  totalSteps: v.nullish(positive, null),
  epochs: v.nullish(positive, null),
  stepsPerEpoch: v.nullish(positive, null),
  pctStart: v.optional(within(0, 1), 0.3),
  annealStrategy: v.optional(oneOf('cos', 'linear'), 'cos'),
  threePhase: v.optional(flag, false),
}
const schema = v.strictObject({
  maxLr: finite,
  divFactor: v.optional(finite, 25),
  finalDivFactor: v.optional(finite, 1e4),
  ...cycle,
})
const momentumSchema = v.strictObject({
  baseMomentum: v.optional(finite, 0.85),
  maxMomentum: v.optional(finite, 0.95),
  ...cycle,
})

export interface OneCycle {
  /** steps of the cycle; or `epochs` times `stepsPerEpoch` */
  readonly totalSteps?: number | null
  readonly epochs?: number | null
  readonly stepsPerEpoch?: number | null
  /** part of them on the way up. Default 0.3 */
  readonly pctStart?: number
  /** along cosines (default) or lines */
  readonly annealStrategy?: 'cos' | 'linear'
  /** down as slowly as up, and then on to the end. Default false */
  readonly threePhase?: boolean
}

type Shape = v.InferOutput<v.ObjectSchema<typeof cycle, undefined>>

const divided = (a: number, b: number): number => {
  if (b === 0) throw new RangeError('division by zero')
  return a / b
}

const totalOf = (at: string, o: Shape): number => {
  if (o.totalSteps !== null) return o.totalSteps
  if (o.epochs !== null && o.stepsPerEpoch !== null) return o.epochs * o.stepsPerEpoch
  throw new OptionError([{ path: `${at}.totalSteps`, message: 'give totalSteps, or epochs and stepsPerEpoch' }])
}

/** The value at each step of the way from the first of `stops` to the last; each phase begins where the last one ends. */
const follow = (at: string, o: Shape, stops: ReadonlyArray<number>): ((step: number) => number) => {
  const total = totalOf(at, o)
  const up = o.pctStart * total - 1
  const ends = o.threePhase ? [up, 2 * o.pctStart * total - 2, total - 1] : [up, total - 1]
  const between = (from: number, to: number, part: number): number =>
    o.annealStrategy === 'linear' ? (to - from) * part + from : to + ((from - to) / 2) * (Math.cos(Math.PI * part) + 1)
  const value = (step: number): number => {
    // PyTorch goes one step further than it says, and up again there
    if (step > total) throw new RangeError(`${at}: there are ${total} steps, and this is step ${step}`)
    const found = ends.findIndex((end) => step <= end)
    const phase = found === -1 ? ends.length - 1 : found
    const begun = ends[phase - 1] ?? 0
    const part = divided(step - begun, (ends[phase] as number) - begun)
    return between(stops[phase] as number, stops[phase + 1] as number, part)
  }
  // the first value is computed when the scheduler is made
  value(0)
  return value
}

/**
 * PyTorch's OneCycleLR: from `maxLr / divFactor` up to `maxLr` and down to `maxLr / divFactor / finalDivFactor`. A step beyond
 * the last is an error, though only the second.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const schedule = torch.oneCycleLR({ maxLr: 1, totalSteps: 10, pctStart: 0.5, divFactor: 4, annealStrategy: 'linear' })
 * ;[0, 2, 4].map(schedule.at) // => [0.25, 0.625, 1]
 */
export const oneCycleLR = (
  options: OneCycle & { readonly maxLr: number; readonly divFactor?: number; readonly finalDivFactor?: number },
): Schedule => {
  const o = parse('torch.oneCycleLR', schema, options)
  const initial = divided(o.maxLr, o.divFactor)
  const final = divided(initial, o.finalDivFactor)
  const stops = o.threePhase ? [initial, o.maxLr, initial, final] : [initial, o.maxLr, final]
  return make('torch.oneCycleLR', { ...options }, follow('torch.oneCycleLR', o, stops))
}

/**
 * The momentum that PyTorch's OneCycleLR sets meanwhile: down when the rate goes up.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const momentum = torch.oneCycleMomentum({ totalSteps: 10, pctStart: 0.5, annealStrategy: 'linear' })
 * ;[0, 4].map(momentum.at) // => [0.95, 0.85]
 */
export const oneCycleMomentum = (
  options: OneCycle & { readonly baseMomentum?: number; readonly maxMomentum?: number },
): Schedule => {
  const o = parse('torch.oneCycleMomentum', momentumSchema, options)
  const stops = [o.maxMomentum, o.baseMomentum, o.maxMomentum, o.maxMomentum]
  return make('torch.oneCycleMomentum', { ...options }, follow('torch.oneCycleMomentum', o, stops))
}
