import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { characterErrorRate, editDistance, MetricError, wordErrorRate } from 'rxfit/metrics'

/** By its definition: the least of what may be done with the last characters. */
const slow = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): number => {
  if (a.length === 0 || b.length === 0) return a.length + b.length
  const [x, y] = [a.slice(0, -1), b.slice(0, -1)]
  return Math.min(slow(x, b) + 1, slow(a, y) + 1, slow(x, y) + (a.at(-1) === b.at(-1) ? 0 : 1))
}

const short = fc.string({ unit: fc.constantFrom('a', 'b', '😀', ' '), maxLength: 5 })

describe('editDistance', () => {
  it('is the least number of edits', () => {
    fc.assert(
      fc.property(short, short, (a, b) => {
        expect(editDistance(a, b)).toBe(slow([...a], [...b]))
      }),
    )
  })
  it('is a metric', () => {
    fc.assert(
      fc.property(short, short, short, (a, b, c) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a))
        expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c))
        expect(editDistance(a, b) === 0).toBe(a === b)
      }),
    )
  })
  it('counts what a reader calls a character once where it is one code point', () => {
    expect(editDistance('😀', '😁')).toBe(1)
    expect(editDistance('', 'abc')).toBe(3)
  })
})

describe('error rates', () => {
  it('sum edits over all texts before they divide', () => {
    expect(characterErrorRate(['a', 'bcdefghij'], ['x', 'bcdefghij'])).toBe(1 / 10)
    expect(wordErrorRate(['a', 'b c  d\te'], ['x', 'b c d e'])).toBe(1 / 5)
  })
  it('may be above 1, and are undefined where there is nothing to be told', () => {
    expect(characterErrorRate(['a'], ['xyz'])).toBe(3)
    expect(characterErrorRate([''], ['a'])).toBeNaN()
    expect(wordErrorRate([' '], [''])).toBeNaN()
  })
  it('take blanks as they are in characters, and as borders in words', () => {
    expect(characterErrorRate(['a b'], ['ab'])).toBe(1 / 3)
    expect(wordErrorRate([' a  b '], ['a b'])).toBe(0)
  })
  it('refuse texts that don’t go together', () => {
    expect(() => characterErrorRate(['a'], [])).toThrow(MetricError)
    expect(() => wordErrorRate([], [])).toThrow('wordErrorRate: there are no texts')
  })
})
