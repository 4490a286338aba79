import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  monitor,
  prechelt,
  window,
  whenGeneralizationLoss,
  whenIncreases,
  whenProgressQuotient,
  type Policy,
  type PrecheltOptions,
} from 'rxfit'
import { fromEpochs, type EpochRow } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { firings } from 'rxfit/testing'

const stopped = (options: PrecheltOptions, rows: ReadonlyArray<EpochRow>) =>
  replay(prechelt(options) as Policy<never>, fromEpochs(rows)).outcome.stoppedEpoch
const errors = (values: ReadonlyArray<number>): ReadonlyArray<EpochRow> => values.map((val_loss) => ({ val_loss }))

/** The curve, and the 1-based stopping times (0: never), of EarlyStopping.jl's own tests. */
const curve = errors([10, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 16])
const time = (options: PrecheltOptions, rows = curve): number => (stopped(options, rows) ?? -1) + 1

describe('GL', () => {
  it.each([
    [12, 3],
    [20, 4],
    [40, 6],
    [90, 11],
    [110, 12],
    [1000, 0],
  ])('alpha %d stops as EarlyStopping.jl does', (alpha, expected) => {
    expect(time({ criterion: 'GL', alpha })).toBe(expected)
  })
  it('is strict, never fires for NaN, and goes by size where errors are negative', () => {
    expect(firings(whenGeneralizationLoss('val_loss', { alpha: 25 }), errors([4, 5, 5.1]))).toEqual([2])
    expect(firings(whenGeneralizationLoss(), errors([NaN, 1, NaN, 2, 1]))).toEqual([3])
    expect(firings(whenGeneralizationLoss('val_loss', { alpha: 25 }), errors([-4, -3.1, -2.9]))).toEqual([2])
    expect(firings(whenGeneralizationLoss(), errors([0, 0, 1]))).toEqual([2])
  })
})

describe('PQ', () => {
  // [training errors since the last validation, validation error]
  const strips: ReadonlyArray<readonly [ReadonlyArray<number>, number]> = [
    [[9.5, 9.3], 10],
    [[9.3, 9.1, 8.9], 8],
    [[8.3, 8.4], 9],
    [[9.9, 9.5], 10],
    [[10.6, 10.4], 11],
    [[8888, 11.8, 11.7], 12],
    [[11.6, 11.4], 12],
    [[12.2, 12.1], 13],
    [[14.5, 14.1], 14],
    [[13.9, 13.7], 15],
    [[12.5, 12.3], 16],
    [[11.2, 11], 17],
    [[10.5, 10.3], 16],
  ]
  const rows = strips.flatMap(([training, val_loss]) =>
    training.map((loss, i) => (i === training.length - 1 ? { loss, val_loss } : { loss })),
  )
  const validations = rows.flatMap((row, i) => ('val_loss' in row ? [i] : []))
  it.each([
    [2, 3],
    [3.8, 5],
    [11.6, 6],
    [15.1, 8],
    [15.3, 0],
  ])('alpha %d stops as EarlyStopping.jl does', (alpha, expected) => {
    const epoch = stopped({ criterion: 'PQ', alpha, k: 2, everyEpoch: true }, rows)
    expect(epoch === null ? 0 : validations.indexOf(epoch) + 1).toBe(expected)
  })
  it('fires where training makes no progress at all, unless the strip has a NaN', () => {
    const flat = [10, 10].map((loss) => ({ loss, val_loss: 10 }))
    expect(stopped({ criterion: 'PQ', k: 2 }, flat)).toBe(1)
    expect(
      stopped({ criterion: 'PQ', k: 2 }, [
        { loss: NaN, val_loss: 1 },
        { loss: 1, val_loss: 9 },
      ]),
    ).toBeNull()
  })
  it('looks at the ends of strips, by the definition', () => {
    const error = fc.constantFrom(0.5, 0.75, 1, 1.5, 2, 3)
    fc.assert(
      fc.property(
        fc.array(fc.record({ loss: error, val_loss: error }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 2, max: 4 }),
        fc.constantFrom(0.01, 0.1, 1),
        (run, k, alpha) => {
          const expected = run.flatMap((_, t) => {
            if ((t + 1) % k !== 0) return []
            const strip = run.slice(t + 1 - k, t + 1).map((row) => row.loss)
            const best = Math.min(...run.slice(0, t + 1).map((row) => row.val_loss))
            const gl = 100 * ((run[t]?.val_loss as number) / best - 1)
            const progress = 1000 * (strip.reduce((a, b) => a + b, 0) / (k * Math.min(...strip)) - 1)
            // a hair's breadth from alpha, rounding decides
            fc.pre(Math.abs(gl / progress - alpha) > 1e-9 || progress === 0)
            return progress < 1e-12 || gl / progress > alpha ? [t] : []
          })
          expect(firings(whenProgressQuotient('val_loss', 'loss', { k, alpha }), run)).toEqual(expected)
        },
      ),
    )
  })
})

describe('UP', () => {
  it.each([
    [6, 0],
    [5, 12],
    [4, 6],
    [3, 5],
    [2, 4],
    [1, 3],
  ])('s %d in strips of one stops as Patience of EarlyStopping.jl does', (s, expected) => {
    expect(time({ criterion: 'UP', s, k: 1 })).toBe(expected)
  })
  it('compares the ends of strips, by the definition', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(1, 2, 3, NaN), { maxLength: 24 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        (values, s, k) => {
          /** UP_s at the end of strip t: UP_(s-1) one strip before, and a larger error than there. */
          const up = (s: number, t: number): boolean =>
            s === 0 || ((values[t] as number) > (values[t - k] ?? NaN) && up(s - 1, t - k))
          const expected = values.flatMap((_, t) => ((t + 1) % k === 0 && up(s, t) ? [t] : []))
          expect(firings(whenIncreases('val_loss', { s, k }), errors(values))).toEqual(expected)
        },
      ),
    )
  })
})

describe('prechelt', () => {
  it('says which criterion stopped it, and on what grounds', () => {
    const { decisions, outcome } = replay(prechelt({ criterion: 'GL', alpha: 5 }), fromEpochs(errors([1, 2])))
    expect(outcome.reason).toBe("val_loss: generalization loss (Prechelt's GL)")
    expect(decisions[0]).toMatchObject({ by: 'prechelt', why: { observed: 2, best: 1, GL: 100, alpha: 5 } })
  })
  it('passes over epochs without validation', () => {
    const rows = [{ val_loss: 1 }, { loss: 1 }, { val_loss: 2 }, { loss: 1 }, { val_loss: 3 }]
    expect(stopped({ criterion: 'UP', s: 2, k: 1 }, rows)).toBe(4)
  })
  it('refuses options of another criterion, and says what is wrong under its own name', () => {
    const wrong = (options: object) => () => prechelt(options as PrecheltOptions)
    expect(wrong({ criterion: 'GL', k: 5 })).toThrow('prechelt.k: unknown option')
    expect(wrong({ criterion: 'PQ', k: 1 })).toThrow('prechelt.k: must be 2 or more')
    expect(wrong({ criterion: 'XX' })).toThrow('prechelt.criterion')
    expect(wrong({ criterion: 'constructor' })).toThrow('prechelt.criterion')
    expect(wrong({})).toThrow('prechelt.criterion')
  })
  it('takes signals, as operators', () => {
    expect(
      firings(
        whenIncreases(window(2, 'mean')(monitor('loss')), { s: 1, k: 1 }),
        [1, 1, 4].map((loss) => ({ loss })),
      ),
    ).toEqual([2])
  })
})
