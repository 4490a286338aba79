import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { ema, monitor } from 'rxfit'
import { values } from 'rxfit/testing'
import { optionError, rows } from './helpers.js'

const smooth = (xs: ReadonlyArray<number | null>, decay: number, options = {}) =>
  values(pipe(monitor('loss'), ema(decay, options)), rows('loss', xs))

describe('ema', () => {
  it('starts at the first value', () => expect(smooth([4, 0], 0.75)).toEqual([4, 3]))
  it('without decay is the signal itself', () => expect(smooth([4, 0, 1], 0)).toEqual([4, 0, 1]))
  it('with decay 1 stays at the first value', () => expect(smooth([4, 0, 1], 1)).toEqual([4, 4, 4]))
  it('debiased is the weighted mean of what was seen', () => {
    // weights 0.5^2, 0.5, 1 over their sum
    expect(smooth([1, 2, 4], 0.5, { debias: true })).toEqual([1, (0.5 + 2) / 1.5, (0.25 + 1 + 4) / 1.75])
  })
  it('passes what is not finite on and forgets it', () =>
    expect(smooth([NaN, 2, Infinity, 4], 0.5)).toEqual([NaN, 2, Infinity, 3]))
  it('waits where nothing was measured', () => expect(smooth([2, null, 4], 0.5)).toEqual([2, 3]))
  it.each([-0.1, 1.5, NaN, Infinity])('refuses decay %s', (decay) => {
    expect(optionError(() => smooth([1], decay)).problems[0]?.path).toBe('ema.decay')
  })
  it('refuses to debias what has no weight', () => {
    expect(optionError(() => smooth([1], 1, { debias: true })).message).toBe(
      'ema.decay: must be below 1 with debias, got 1',
    )
  })
  it('knows its options', () =>
    expect(optionError(() => smooth([1], 0.5, { debiased: true })).message).toContain("'debias'"))
})
