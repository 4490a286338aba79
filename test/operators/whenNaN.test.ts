import { expect, it } from 'vitest'
import { MissingMetric, monitor, whenNaN } from 'rxfit'
import { firings } from 'rxfit/testing'
import { optionError, rows } from './helpers.js'

it('fires at what is not finite', () =>
  expect(firings(whenNaN(), rows('loss', [1, NaN, Infinity, -Infinity]))).toEqual([1, 2, 3]))
it('a metric that was not measured is not NaN', () => expect(firings(whenNaN(), rows('loss', [1, null]))).toEqual([]))
it('looks at the metric it is told', () => expect(firings(whenNaN('acc'), [{ loss: NaN, acc: 1 }])).toEqual([]))
it('takes a signal', () => expect(firings(whenNaN(monitor('acc')), [{ acc: NaN }])).toEqual([0]))
it('needs the metric', () => expect(() => firings(whenNaN(), [{ acc: 1 }])).toThrow(MissingMetric))
it('refuses unknown options', () =>
  expect(optionError(() => whenNaN('loss', { att: 1 } as never)).message).toContain('whenNaN.att'))
