import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawn, listed, readValues } from '../../../src/replay/grid/values.js'
import { seeded } from '../../../src/replay/sweep/random.js'

const all = (text: string) => listed(text, readValues(text))

describe('values of a grid', () => {
  it.each([
    ['1,2,5', [1, 2, 5]],
    [' 1 , 2 ', [1, 2]],
    ['0,1e-4,1e-3', [0, 1e-4, 1e-3]],
    ['min,max,auto', ['min', 'max', 'auto']],
    ['true,false,null', [true, false, null]],
    ['"1",1', ['1', 1]],
    ['"a,b",c', ['a,b', 'c']],
    ['1..4', [1, 2, 3, 4]],
    ['-2..1', [-2, -1, 0, 1]],
    ['3..3', [3]],
    ['1..8..3', [1, 4, 7]],
    ['0.1..0.5..0.1', [0.1, 0.2, 0.3, 0.4, 0.5]],
    ['1e-5..1e-1*10', [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]],
    ['-0.3..0.3..0.1', [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]],
    ['1000000000..1000000002', [1e9, 1e9 + 1, 1e9 + 2]],
    ['10000000000000..10000000000002', [1e13, 1e13 + 1, 1e13 + 2]],
    ['1..100*3', [1, 3, 9, 27, 81]],
    ['1..3,10,20', [1, 2, 3, 10, 20]],
    ['1..3,2', [1, 2, 3]],
  ])('%s', (text, values) => expect(all(text)).toEqual(values))

  it.each([
    ['', /empty value/],
    ['1,,2', /empty value/],
    ['5..1', /ends below/],
    ['0.1..0.5', /needs a step/],
    ['1e-5..1e-1*', /needs a factor/],
    ['1..5..0', /step must be above 0/],
    ['1..5..', /step must be above 0/],
    ['1..9*1', /factor must be above 1/],
    ['0..9*2', /begin above 0/],
    ['1..1e6', /needs a step/],
    ['1..1000000', /more than 100000/],
    ['a..b', /no range/],
    ['1...5', /ends below/],
    ['1e999', /larger than/],
    ['0..1e999', /must be finite/],
  ])('refuses %s', (text, message) => expect(() => all(text)).toThrow(message))

  it('draws what lies in the range, and nothing else', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('1..7', '0.5..2.5', '1e-5..1e-1*', '1..100*', '3,5,9'), (seed, text) => {
        const values = readValues(text)
        const value = drawn(values, seeded(seed)) as number
        if (values._tag === 'list') expect(values.values).toContain(value)
        else {
          expect(value).toBeGreaterThanOrEqual(values.from)
          expect(value).toBeLessThanOrEqual(values.to)
          if (values.whole) expect(Number.isInteger(value)).toBe(true)
        }
      }),
    )
  })

  it('draws each value about as often, and each power of ten where it is multiplied', () => {
    const random = seeded(1)
    const whole = Array.from({ length: 4000 }, () => drawn(readValues('1..4'), random) as number)
    for (const n of [1, 2, 3, 4]) expect(whole.filter((x) => x === n).length).toBeGreaterThan(900)
    const tens = Array.from({ length: 4000 }, () =>
      Math.floor(Math.log10(drawn(readValues('1e-5..1e-1*'), random) as number)),
    )
    for (const n of [-5, -4, -3, -2]) expect(tens.filter((x) => x === n).length).toBeGreaterThan(850)
  })
})
