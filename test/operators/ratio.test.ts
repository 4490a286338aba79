import { pipe } from 'fp-ts/lib/function.js'
import { expect, it } from 'vitest'
import { delta, MissingMetric, monitor, ratio } from 'rxfit'
import { values } from 'rxfit/testing'

it('divides', () => expect(values(ratio('val_loss', 'loss'), [{ loss: 2, val_loss: 3 }])).toEqual([1.5]))
it('is silent where one was not measured', () => {
  expect(values(ratio('val_loss', 'loss'), [{ loss: 2, val_loss: 3 }, { loss: 1 }])).toEqual([1.5])
})
it('by zero is infinite', () => expect(values(ratio('a', 'b'), [{ a: 1, b: 0 }])).toEqual([Infinity]))
it('zero by zero is NaN', () => expect(values(ratio('a', 'b'), [{ a: 0, b: 0 }])).toEqual([NaN]))
it('takes signals with memory', () => {
  const change = ratio(pipe(monitor('a'), delta()), 'a')
  expect(values(change, [{ a: 1 }, { a: 2 }, { a: 4 }])).toEqual([0.5, 0.5])
})
it('needs both', () => expect(() => values(ratio('a', 'c'), [{ a: 1, b: 0 }])).toThrow(MissingMetric))
