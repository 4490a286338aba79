import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quotient } from '../../src/logs/decimal.js'
import { PlainRows } from '../../src/logs/PlainRows.js'
import { Column, Cursor, Numbers } from '../../src/logs/Numbers.js'

const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`))

describe('numbers read from bytes', () => {
  it('are those that Number reads', () => {
    const cell = fc.oneof(
      fc.tuple(digits(12), digits(20)).map(([whole, part]) => `${whole}.${part}`),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.double({ min: 0, max: 1 }).map((x) => String(-x)),
      fc.constantFrom(
        '0',
        '-0',
        '-0.0',
        '.5',
        '5.',
        '0.1',
        '9007199254740993',
        '0.30000000000000004',
        '1e-7',
        '123456789012345678',
      ),
    )
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 6 }), fc.constantFrom('\n', '\r\n'), (cells, end) => {
        const rows = new PlainRows(cells.length, 44)
        const bytes = Buffer.from(cells.join(',') + end)
        expect(rows.read(bytes, 0)).toBe(bytes.length)
        expect([...rows.values]).toEqual(cells.map(Number))
        expect([...rows.present]).toEqual(cells.map(() => 1))
      }),
      { numRuns: 2000 },
    )
  })

  it('are left to others where two doubles are as near', () => {
    expect(quotient(900719925, 9, 474099300, 2)).toBeNaN()
    expect(quotient(900719925, 9, 474099301, 2)).toBe(Number('9007199254740993.01'))
  })

  it.each<[string, number]>([
    ['1,2\n', 4],
    ['1,\n', 3],
    ['NA,nan\n', 7],
    ['1, 2 \r\n', 7],
    ['1\n', -1],
    ['1,2,3\n', -1],
    ['1,"2"\n', -1],
    ['1,two\n', -1],
    ['1,1e999\n', -1],
    ['1,0x10\n', -1],
    ['1,2\r\r\n', -1],
    ['\n', -1],
    ['1.2.3,4\n', -1],
    ['-,4\n', 4],
    ['1-2,4\n', -1],
  ])('%j', (text, next) => {
    expect(new PlainRows(2, 44).read(Buffer.from(text), 0)).toBe(next)
  })
})

describe('columns', () => {
  it('give back what was put into them, row by row', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double()), { maxLength: 300 }), fc.nat(300), (values, cut) => {
        const column = new Column()
        values.forEach((x, row) => {
          if (x !== null) column.put(row, x)
        })
        const all = (rows: number) => {
          const cursor = new Cursor(column)
          return Array.from({ length: rows }, (_, row) => cursor.at(row) ?? null)
        }
        expect(all(values.length)).toEqual(values)
        column.truncate(cut)
        expect(all(values.length)).toEqual(values.map((x, row) => (row < cut ? x : null)))
      }),
    )
  })

  it('are long', () => {
    const numbers = new Numbers()
    for (let i = 0; i < 100_000; i += 1) numbers.push(i)
    numbers.truncate(40_000)
    numbers.push(-1)
    expect([numbers.at(0), numbers.at(39_999), numbers.at(40_000), numbers.length]).toEqual([0, 39_999, -1, 40_001])
    numbers.truncate(0)
    numbers.push(7)
    expect(numbers.at(0)).toBe(7)
  })
})
