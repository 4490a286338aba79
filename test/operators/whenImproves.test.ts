import { describe, expect, it } from 'vitest'
import { whenImproves, type ImprovesOptions } from 'rxfit'
import { firings } from 'rxfit/testing'
import { optionError, rows } from './helpers.js'

const at = (xs: ReadonlyArray<number | null>, options?: ImprovesOptions) =>
  firings(whenImproves('loss', options), rows('loss', xs))

describe('whenImproves', () => {
  it('fires at each new best', () => expect(at([3, 3, 2, 4, 1])).toEqual([0, 2, 4]))
  it('an equal value is none', () => expect(at([1, 1])).toEqual([0]))
  it('by more than minDelta', () => expect(at([2, 1.75, 1.5], { minDelta: 0.25 })).toEqual([0, 2]))
  it('the first must beat a threshold', () => expect(at([3, 2, 1], { threshold: 2 })).toEqual([2]))
  it('NaN is none, first or later', () => expect(at([NaN, 2, NaN, 1])).toEqual([1, 3]))
  it('Infinity is a first value like any', () => expect(at([Infinity, 1])).toEqual([0, 1]))
  it('rises when told so', () => expect(at([1, 2, 1], { mode: 'max' })).toEqual([0, 1]))
  it('passes over what was not measured', () => expect(at([2, null, 1])).toEqual([0, 2]))
  it('refuses bad options', () =>
    expect(optionError(() => at([1], { threshold: NaN, minDelta: -1 })).problems).toHaveLength(2))
})
