import { expect, it } from 'vitest'
import { whenDiverges } from 'rxfit'
import { firings } from 'rxfit/testing'
import { optionError, rows } from './helpers.js'

const at = (xs: ReadonlyArray<number | null>, options = {}) => firings(whenDiverges('loss', options), rows('loss', xs))

it('fires above 1 + factor times the best', () => expect(at([1, 4, 4.5, 0.5, 2.5], { factor: 3 })).toEqual([2, 4]))
it('measures from a negative best by its size', () => expect(at([-1, 1, 2.5], { factor: 2 })).toEqual([2]))
it('falls below when it should rise', () => expect(at([4, 1, -1], { factor: 1, mode: 'max' })).toEqual([2]))
it('fires at what is not finite, and goes on from the best before', () =>
  expect(at([NaN, 1, Infinity, 5])).toEqual([0, 2, 3]))
it('passes over what was not measured', () => expect(at([1, null, 5])).toEqual([2]))
it.each([0, -1, Infinity])('refuses factor %s', (factor) =>
  expect(optionError(() => at([1], { factor })).problems).toHaveLength(1),
)
