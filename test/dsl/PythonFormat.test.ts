import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { fieldsOf, formatPython, pythonRepr } from '../../src/dsl/PythonFormat.js'
import { nearest } from '../../src/dsl/nearest.js'

type Fields = Record<string, number | string>
interface Fixture {
  readonly reprs: ReadonlyArray<string>
  readonly cases: ReadonlyArray<readonly [template: string, value: string | null, expected: string | null]>
}

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/python-format.json', import.meta.url), 'utf8'),
) as unknown as Fixture

const pythonFloat = (text: string): number =>
  text === 'nan' ? NaN : text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text)

const fieldsFor = (value: string | null): Fields => {
  if (value === null) return { x: 1.5, epoch: 3, s: 'ab' }
  const text = value.slice(2)
  if (value.startsWith('s:')) return { s: text }
  return value.startsWith('i:') ? { epoch: Number(text) } : { x: pythonFloat(text) }
}

const messageOf = (template: string, fields: Fields = { epoch: 3, val_loss: 0.5 }): string =>
  E.match(
    (e: { readonly message: string }) => e.message,
    (text: string) => `no error but '${text}'`,
  )(formatPython(template, fields))

describe('pythonRepr', () => {
  it.each([
    [1, '1.0'],
    [1e16, '1e+16'],
    [9999999999999998, '9999999999999998.0'],
    [1e-5, '1e-05'],
    [0.0001, '0.0001'],
    [NaN, 'nan'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [-0, '-0.0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
  ])('%d -> %s', (x, expected) => expect(pythonRepr(x)).toBe(expected))

  it('agrees with Python on the fixture', () => {
    expect(fixture.reprs.map((text) => pythonRepr(pythonFloat(text)))).toEqual(fixture.reprs)
  })

  it('reads back as the same double', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), (x) => Object.is(pythonFloat(pythonRepr(x)), x)))
  })
})

describe('formatPython', () => {
  it('agrees with Python 3.11 on every case of the fixture', () => {
    const wrong = fixture.cases.flatMap(([template, value, expected]) => {
      const found = E.getOrElseW(() => null)(formatPython(template, fieldsFor(value)))
      return found === expected ? [] : [{ template, value, expected, found }]
    })
    expect(fixture.cases.length).toBeGreaterThan(5000)
    expect(wrong).toEqual([])
  })

  it.each<[string, Fields, string]>([
    ['{epoch:02d}-{val_loss:.2f}', { epoch: 3, val_loss: 0.125 }, '03-0.12'],
    ['{x:.2f}', { x: 2.675 }, '2.67'],
    ['{x:.0f}', { x: 0.5 }, '0'],
    ['{x:.0f}', { x: 1.5 }, '2'],
    ['{x:.2f}', { x: 1e22 }, '10000000000000000000000.00'],
    ['{x:.2f}', { x: 1e300 }, `${BigInt(1e300)}.00`],
    ['{val_loss}', { val_loss: 1 }, '1.0'],
    ['{epoch:.2f}', { epoch: 3 }, '3.00'],
    ['{epoch}', { epoch: 0 }, '0'],
    ['{{{epoch}}}', { epoch: 7 }, '{7}'],
    ['{x:05}', { x: NaN }, '00nan'],
    ['{x:+08.1f}', { x: Infinity }, '+0000inf'],
    ['{x:>{epoch}}', { x: 1, epoch: 6 }, '   1.0'],
    ['{name:_^9}', { name: 'ab' }, '___ab____'],
    ['', {}, ''],
  ])('%s', (template, fields, expected) => expect(formatPython(template, fields)).toEqual(E.right(expected)))

  it('takes the integers it is told, and only whole values of them', () => {
    expect(formatPython('{step:03d} {epoch}', { step: 5, epoch: 2 }, new Set(['step']))).toEqual(E.right('005 2.0'))
    expect(formatPython('{epoch}', { epoch: 2.5 })).toEqual(E.right('2.5'))
  })

  it('names an unknown field, the template, the fields there are and the nearest one', () => {
    const found = formatPython('w-{val_los:.2f}', { epoch: 3, val_loss: 0.5 })
    expect(found).toEqual(
      E.left({
        _tag: 'FormatError',
        message:
          "Cannot format 'w-{val_los:.2f}': at character 3, unknown field 'val_los'; there are epoch, val_loss; " +
          "did you mean 'val_loss'?",
        template: 'w-{val_los:.2f}',
        field: 'val_los',
      }),
    )
  })

  it.each([
    ['{__proto__}', "unknown field '__proto__'"],
    ['{constructor}', "unknown field 'constructor'"],
    ['{toString}', "unknown field 'toString'"],
    ['{}', "character 1, '{}' is positional"],
    ['{0:d}', "'{0}' is positional"],
    ['{epoch.real}', "'{epoch.real}' reaches into a value"],
    ['{epoch[0]}', "'{epoch[0]}' reaches into a value"],
    ['ab{val_loss:d}', "character 3, field 'val_loss', format 'd': unknown format code 'd' for a float"],
    ['{val_loss:.f}', "the precision is missing after '.'"],
    ['{val_loss:5.2fx}', "'fx' is not a format code"],
    ['{epoch:.2}', 'a precision is not allowed for an integer'],
    ['{epoch!q}', "unknown conversion '!q'"],
    ['a{epoch', "character 2, this '{' is never closed"],
    ['a{epoch:2', "character 2, this '{' is never closed"],
    ['a}b', "character 2, a single '}'"],
    ['{', "a single '{'"],
    ['{epoch:{a:{b}}}', 'nest more than one level'],
    ['{epoch:999999999999999999999}', 'the width is larger than 100000'],
    ['{val_loss:.200000f}', 'the precision is larger than 100000'],
  ])('%s is refused', (template, part) => expect(messageOf(template)).toContain(part))

  it('sees an own field whatever its name', () => {
    const fields = JSON.parse('{"__proto__": 1, "constructor": "c", "val/loss": 2}') as Fields
    expect(formatPython('{__proto__} {constructor} {val/loss}', fields)).toEqual(E.right('1.0 c 2.0'))
    expect(formatPython('{a}', Object.assign(Object.create(null) as Fields, { a: 1 }))).toEqual(E.right('1.0'))
  })

  it('refuses a value that is neither a number nor a string', () => {
    expect(messageOf('{a}', { a: undefined } as unknown as Fields)).toContain("'a' is neither a number nor a string")
  })

  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.constantFrom(
      '{',
      '}',
      '{{',
      '}}',
      '{x',
      '{x:',
      '{epoch:',
      '{s:',
      '{s!r:',
      '!',
      ':',
      '.',
      '[',
      '0',
      ',',
      '_',
      'z',
    ),
    fc.constantFrom('#', '9', '99999999', 'd', 'f', 'g', '%', 'n', 'c', '<', '=', '^', '{x}', '{s:{epoch}}', '\ud800'),
  )
  const template = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  const fields = fc.oneof(
    fc.record({ x: fc.double(), epoch: fc.oneof(fc.maxSafeInteger(), fc.double()), s: fc.string({ unit: 'binary' }) }),
    fc.dictionary(fc.string(), fc.oneof(fc.double(), fc.string())),
  )

  it('never throws', () => {
    fc.assert(
      fc.property(template, fields, (t, f) => {
        const found = formatPython(t, f)
        const names = fieldsOf(t)
        if (E.isLeft(names)) expect(found).toEqual(names)
        if (E.isLeft(found)) expect(found.left.template).toBe(t)
      }),
      { numRuns: 3000 },
    )
  })

  it('gives back any text whose braces are doubled', () => {
    const text = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('{', '}')))
    fc.assert(
      fc.property(text, (pieces) => {
        const plain = pieces.join('')
        expect(formatPython(plain.replace(/[{}]/g, '$&$&'), {})).toEqual(E.right(plain))
      }),
    )
  })

  it('agrees with toFixed, which is exact too, except on ties', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.nat(30), (x, places) => {
        const dropped = x.toFixed(100).split('.')[1]?.slice(places) ?? ''
        fc.pre(!Object.is(x, -0) && !/^50*$/.test(dropped))
        expect(formatPython(`{x:.${places}f}`, { x })).toEqual(E.right(x.toFixed(places)))
      }),
    )
  })
})

describe('fieldsOf', () => {
  it('lists the names once, nested ones too', () => {
    expect(fieldsOf('{epoch:02d}-{loss:.{digits}f}-{epoch}{{no}}')).toEqual(E.right(['epoch', 'loss', 'digits']))
    expect(fieldsOf('plain')).toEqual(E.right([]))
  })

  it.each(['{}', '{0}', '{a.b}', '{a[0]}', '{a', 'a}'])('refuses %s', (template) =>
    expect(fieldsOf(template)).toMatchObject({ _tag: 'Left', left: { _tag: 'FormatError', template } }),
  )
})

describe('nearest', () => {
  it.each<[string, ReadonlyArray<string>, string | undefined]>([
    ['val_los', ['loss', 'val_loss'], 'val_loss'],
    ['VAL_LOSS', ['loss', 'val_loss'], 'val_loss'],
    ['acc', ['loss', 'accuracy'], 'accuracy'],
    ['val_accuracy', ['val_loss', 'val_acc'], 'val_acc'],
    ['val_acc', ['val_loss', 'val_accuracy'], 'val_accuracy'],
    ['acx', ['loss', 'acc'], 'acc'],
    ['momentum', ['loss', 'epoch'], undefined],
    ['lr', ['xy'], undefined],
    ['loss', [], undefined],
    ['', ['a'], undefined],
  ])('%s among %j is %s', (name, candidates, expected) => expect(nearest(name, candidates)).toBe(expected))

  it('finds a candidate itself', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z_]{1,12}$/), (name) => nearest(name, ['qqqq', name]) === name))
  })
})
