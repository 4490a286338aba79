import { pipe } from 'fp-ts/lib/function.js'
import { expect, it } from 'vitest'
import { delta, monitor } from 'rxfit'
import { values } from 'rxfit/testing'
import { rows } from './helpers.js'

const of = (xs: ReadonlyArray<number | null>) => values(pipe(monitor('loss'), delta()), rows('loss', xs))

it('is the change from the value before', () => expect(of([4, 3, 3.5])).toEqual([-1, 0.5]))
it('is the change from the last that was measured', () => expect(of([4, null, 3])).toEqual([-1]))
it('from NaN and to NaN is NaN', () => expect(of([1, NaN, 2, 3])).toEqual([NaN, NaN, 1]))
it('of one value is nothing', () => expect(of([1])).toEqual([]))
it('between infinities is NaN', () => expect(of([Infinity, Infinity])).toEqual([NaN]))
