import * as fc from 'fast-check'
import { directionOf } from '../../dsl/Metrics.js'

/** One metric over a run's epochs; null where it wasn't measured. */
export type Values = ReadonlyArray<number | null>

export interface LengthOptions {
  /** most epochs; a whole number from 1. Default 30 */
  readonly maxEpochs?: number
}

const shares = { min: 0, max: 1, noNaN: true } as const
const share = fc.double(shares)

/** A shape with noise on it: as many epochs as there is noise. Short and quiet curves are the simplest. */
const shaped = <P>(
  parameters: fc.Arbitrary<P>,
  { maxEpochs = 30 }: LengthOptions,
  value: (parameters: P, epoch: number, epochs: number) => number,
): fc.Arbitrary<ReadonlyArray<number>> =>
  fc
    .tuple(
      parameters,
      fc.constantFrom(0, 0.01, 0.1, 0.5),
      fc.array(fc.double({ ...shares, min: -1 }), { minLength: 1, maxLength: maxEpochs, size: 'max' }),
    )
    .map(([given, level, noise]) => noise.map((x, epoch) => value(given, epoch, noise.length) + level * x))

/**
 * Curves that fall ever more slowly to a floor, as a loss should, with noise.
 * @category testing
 * @example
 * import * as fc from 'fast-check'
 * import { noisyDecay } from 'rxfit/testing/properties'
 * fc.sample(noisyDecay({ maxEpochs: 8 }), 5).every((values) => values.length <= 8) // => true
 */
export const noisyDecay = (options: LengthOptions = {}): fc.Arbitrary<ReadonlyArray<number>> =>
  shaped(fc.record({ rate: share, floor: share }), options, ({ rate, floor }, epoch) => floor + Math.exp(-rate * epoch))

/**
 * Curves that fall for a while and then stay where they are, with noise or without.
 * @category testing
 * @example
 * import * as fc from 'fast-check'
 * import { plateaued } from 'rxfit/testing/properties'
 * fc.sample(plateaued(), 1)[0]?.every(Number.isFinite) // => true
 */
export const plateaued = (options: LengthOptions = {}): fc.Arbitrary<ReadonlyArray<number>> =>
  shaped(share, options, (from, epoch, epochs) => 1 - Math.min(epoch, Math.floor(from * epochs)) / epochs)

/**
 * Curves that fall and then grow beyond bounds, until they are infinite or NaN.
 * @category testing
 * @example
 * import * as fc from 'fast-check'
 * import { diverging } from 'rxfit/testing/properties'
 * fc.sample(diverging({ maxEpochs: 3 }), 1)[0]?.length !== 0 // => true
 */
export const diverging = (options: LengthOptions = {}): fc.Arbitrary<ReadonlyArray<number>> =>
  shaped(fc.record({ from: share, end: fc.constantFrom(Infinity, NaN) }), options, ({ from, end }, epoch, epochs) => {
    const since = epoch - Math.floor(from * epochs)
    if (epoch > 0 && epoch === epochs - 1) return end
    return since <= 0 ? 1 / (epoch + 1) : 10 ** since
  })

/**
 * Curves that swing up and down around a value.
 * @category testing
 * @example
 * import * as fc from 'fast-check'
 * import { oscillating } from 'rxfit/testing/properties'
 * fc.sample(oscillating(), 1)[0]?.every((x) => Math.abs(x - 1) <= 1.5) // => true
 */
export const oscillating = (options: LengthOptions = {}): fc.Arbitrary<ReadonlyArray<number>> =>
  shaped(fc.integer({ min: 2, max: 10 }), options, (period, epoch) => 1 + Math.sin((2 * Math.PI * epoch) / period))

/**
 * The same curves with epochs in which nothing was measured, and some that are NaN.
 * @category testing
 * @example
 * import * as fc from 'fast-check'
 * import { noisyDecay, withGaps } from 'rxfit/testing/properties'
 * const always = withGaps(noisyDecay(), { missing: 1 })
 * fc.sample(always, 1)[0]?.every((x) => x === null) // => true
 */
export const withGaps = (
  curves: fc.Arbitrary<Values>,
  { missing = 0.15, nan = 0.05 }: { readonly missing?: number; readonly nan?: number } = {},
): fc.Arbitrary<Values> =>
  curves.chain((values) =>
    fc
      .array(share, { minLength: values.length, maxLength: values.length })
      // what shrinks goes to 0, so a gap must be far from it
      .map((dice) => values.map((value, i) => gap(value, 1 - (dice[i] as number), missing, nan))),
  )

const gap = (value: number | null, roll: number, missing: number, nan: number): number | null =>
  missing > 0 && roll <= missing ? null : nan > 0 && roll <= missing + nan ? NaN : value

/**
 * Learning curves of all kinds: decay, plateau, divergence, oscillation, with gaps and NaN.
 * @category testing
 * @example
 * import * as fc from 'fast-check'
 * import { earlyStopping } from 'rxfit'
 * import { runPolicy } from 'rxfit/testing'
 * import { learningCurve } from 'rxfit/testing/properties'
 * const never = (values: ReadonlyArray<number | null>) =>
 *   runPolicy(earlyStopping({ patience: 5 }), values, { metric: 'val_loss' }).outcome.stoppedEpoch ?? 6
 * fc.assert(fc.property(learningCurve(), (values) => never(values) >= 5))
 */
export const learningCurve = (options: LengthOptions = {}): fc.Arbitrary<Values> => {
  const plain = fc.oneof(noisyDecay(options), plateaued(options), oscillating(options), diverging(options))
  return fc.oneof<[fc.Arbitrary<Values>, fc.Arbitrary<Values>]>(plain, withGaps(plain))
}

/**
 * Rows of these metrics, a learning curve each; those that should rise are turned over.
 * @category testing
 * @example
 * import * as fc from 'fast-check'
 * import { learningRows } from 'rxfit/testing/properties'
 * Object.keys(fc.sample(learningRows(['loss', 'acc']), 1)[0]?.[0] ?? {}) // => ['loss', 'acc']
 */
export const learningRows = (
  metrics: ReadonlyArray<string>,
  options: LengthOptions = {},
): fc.Arbitrary<ReadonlyArray<Readonly<Record<string, number | null>>>> =>
  fc.tuple(...metrics.map(() => learningCurve(options))).map((curves) => {
    const length = Math.max(0, ...curves.map((values) => values.length))
    return Array.from({ length }, (_, i) =>
      Object.fromEntries(metrics.map((metric, m) => [metric, turned(metric, curves[m]?.[i] ?? null)])),
    )
  })

const turned = (metric: string, value: number | null): number | null =>
  value === null || directionOf(metric) !== 'max' ? value : 1 - value
