import { make, type Schedule } from '../../dsl/Schedule.js'
import { finite, oneOf, parse, positive } from '../../dsl/Options.js'
import * as v from 'valibot'

const cycle = {
  stepSizeUp: v.optional(positive, 2000),
  stepSizeDown: v.nullish(positive, null),
  mode: v.optional(oneOf('triangular', 'triangular2', 'exp_range'), 'triangular'),
  gamma: v.optional(finite, 1),
}
const schema = v.strictObject({ baseLr: finite, maxLr: finite, ...cycle })
const momentumSchema = v.strictObject({
  baseMomentum: v.optional(finite, 0.8),
  maxMomentum: v.optional(finite, 0.9),
  ...cycle,
})

export interface Cycle {
  /** steps up. Default 2000 */
  readonly stepSizeUp?: number
  /** steps down. Default as many */
  readonly stepSizeDown?: number | null
  /** the peaks: all alike (default), halved each time, or times `gamma` at each step */
  readonly mode?: 'triangular' | 'triangular2' | 'exp_range'
  readonly gamma?: number
}

/** How high above its foot the triangle is at that step, from 0 to 1. */
const height = (
  step: number,
  o: {
    readonly stepSizeUp: number
    readonly stepSizeDown: number | null
    readonly mode: NonNullable<Cycle['mode']>
    readonly gamma: number
  },
): number => {
  const total = o.stepSizeUp + (o.stepSizeDown ?? o.stepSizeUp)
  const ratio = o.stepSizeUp / total
  const cycle = Math.floor(1 + step / total)
  const x = 1 + step / total - cycle
  const up = x <= ratio ? x / ratio : (x - 1) / (ratio - 1)
  const scale = { triangular: 1, triangular2: 1 / 2 ** (cycle - 1), exp_range: o.gamma ** step }
  return up * scale[o.mode]
}

/**
 * PyTorch's CyclicLR: triangles between `baseLr` and `maxLr`; what the rate was before doesn't matter.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * const schedule = torch.cyclicLR({ baseLr: 0, maxLr: 1, stepSizeUp: 2 })
 * ;[0, 1, 2, 3, 4].map(schedule.at) // => [0, 0.5, 1, 0.5, 0]
 */
export const cyclicLR = (options: Cycle & { readonly baseLr: number; readonly maxLr: number }): Schedule => {
  const o = parse('torch.cyclicLR', schema, options)
  return make('torch.cyclicLR', { ...options }, (step) => o.baseLr + (o.maxLr - o.baseLr) * height(step, o))
}

/**
 * The momentum that PyTorch's CyclicLR sets meanwhile: down when the rate goes up.
 * @category schedules
 * @example
 * import { torch } from 'rxfit'
 * torch.cyclicMomentum({ baseMomentum: 0.5, maxMomentum: 1, stepSizeUp: 2 }).at(2) // => 0.5
 */
export const cyclicMomentum = (
  options: Cycle & { readonly baseMomentum?: number; readonly maxMomentum?: number } = {},
): Schedule => {
  const o = parse('torch.cyclicMomentum', momentumSchema, options)
  return make(
    'torch.cyclicMomentum',
    { ...options },
    (step) => o.maxMomentum - (o.maxMomentum - o.baseMomentum) * height(step, o),
  )
}
