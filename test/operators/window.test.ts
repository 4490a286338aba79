import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { after, and, monitor, whenBelow, window, type WindowSummary } from 'rxfit'
import { firings, values } from 'rxfit/testing'
import { optionError, rows } from './helpers.js'

const over = (xs: ReadonlyArray<number | null>, size: number, summary: WindowSummary, options = {}) =>
  values(pipe(monitor('loss'), window(size, summary, options)), rows('loss', xs))

describe('window', () => {
  it.each<readonly [WindowSummary, ReadonlyArray<number>]>([
    ['mean', [7 / 3, 4]],
    ['median', [2, 4]],
    ['min', [1, 2]],
    ['max', [4, 6]],
    ['slope', [1.5, 2]],
    ['std', [Math.sqrt(14 / 9), Math.sqrt(8 / 3)]],
  ])('%s of the last three', (summary, expected) => expect(over([1, 2, 4, 6], 3, summary)).toEqual(expected))
  it('is silent until it is full', () => expect(over([1, 2], 3, 'mean')).toEqual([]))
  it('unless a part will do', () => expect(over([1, 3], 3, 'mean', { partial: true })).toEqual([1, 2]))
  it('of one value is that value', () => expect(over([3, 5], 1, 'median')).toEqual([3, 5]))
  it('slope of one value is level', () => expect(over([3], 1, 'slope')).toEqual([0]))
  it('median of an even number lies between the middle ones', () =>
    expect(over([4, 1, 3, 2], 4, 'median')).toEqual([2.5]))
  it.each<WindowSummary>(['mean', 'median', 'min', 'max', 'slope', 'std'])(
    '%s of NaN is NaN until it has left',
    (summary) => {
      expect(over([NaN, 1, 1], 2, summary)[0]).toBeNaN()
      expect(over([NaN, 1, 1], 2, summary)[1]).not.toBeNaN()
    },
  )
  it("makes Ray Tune's plateau", () => {
    const plateau = and(whenBelow(window(4, 'std')(monitor('loss')), 0.01), after(4))
    expect(firings(plateau, rows('loss', [1, 0.5, 0.5, 0.5, 0.51, 0.505]))).toEqual([4, 5])
  })
  it('max holds an infinity', () => expect(over([Infinity, 1, 1], 2, 'max')).toEqual([Infinity, 1]))
  it('counts what was measured only', () => expect(over([1, null, 3], 2, 'mean')).toEqual([2]))
  it.each([0, -1, 1.5, NaN])('refuses size %s', (size) =>
    expect(optionError(() => over([1], size, 'mean')).problems[0]?.path).toBe('window.size'),
  )
  it('refuses unknown summaries', () =>
    expect(optionError(() => over([1], 2, 'mode' as never)).message).toContain('window.summary'))
})
