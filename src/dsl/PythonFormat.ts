// Python's `str.format` for the file name templates of Keras callbacks. The grammar and the layout follow CPython 3.11:
// Objects/stringlib/unicode_format.h (fields), Python/formatter_unicode.c (specs), Python/pystrtod.c (floats).
import * as E from 'fp-ts/lib/Either.js'
import { nearest } from './nearest.js'

/** Why a template could not be read or filled in: the message names the place, counted from character 1. */
export interface FormatError {
  readonly _tag: 'FormatError'
  readonly message: string
  readonly template: string
  readonly field?: string
}

type Value =
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'str'; readonly value: string }

interface Spec {
  readonly fill: string
  readonly align: string
  readonly sign: string
  readonly positiveZero: boolean
  readonly alternate: boolean
  readonly width: number
  readonly group: string
  readonly precision: number | undefined
  readonly type: string
}

interface Field {
  readonly name: string
  readonly conversion: string
  /** The text after ':'; more than literals when it holds nested fields. */
  readonly spec: ReadonlyArray<Part>
  readonly at: number
}
type Part = string | Field

interface Fault {
  readonly problem: string
  readonly at: number
  readonly field?: string
}

/** The largest width and precision: a typo must not ask for gigabytes, and no file name is longer. */
const LIMIT = 100_000
/** Many wide fields together must stay below the engine's string limit, past which it throws. */
const LONGEST = 2 ** 28
const INTEGERS: ReadonlySet<string> = new Set(['epoch', 'batch'])
const WHAT = { int: 'an integer', float: 'a float', str: 'a string' } as const

// ---------------------------------------------------------------- digits

/** A non-negative finite number as 0.digits × 10^point; zero is '0' with point 1. */
interface Decimal {
  readonly digits: string
  readonly point: number
}
const ZERO: Decimal = { digits: '0', point: 1 }

/** The exact decimal expansion of a double: m·2^-k is m·5^k / 10^k. */
const exactDecimal = (x: number): Decimal => {
  if (x === 0) return ZERO
  const bits = new BigUint64Array(new Float64Array([x]).buffer)[0] ?? 0n
  const biased = Number(bits >> 52n)
  const mantissa = (bits & ((1n << 52n) - 1n)) | (biased === 0 ? 0n : 1n << 52n)
  const exponent = Math.max(biased, 1) - 1075
  const places = Math.max(0, -exponent)
  const digits = (exponent < 0 ? mantissa * 5n ** BigInt(places) : mantissa << BigInt(exponent)).toString()
  return { digits, point: digits.length - places }
}

/** The fewest digits that read back as the same double, which both JavaScript and Python's repr choose. */
const shortestDecimal = (x: number): Decimal => {
  const [mantissa = '0', exponent = '0'] = x.toExponential().split('e')
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 }
}

/** Keeps the first `count` digits, ties to even. */
const round = ({ digits, point }: Decimal, count: number): Decimal => {
  if (count >= digits.length) return { digits, point }
  if (count < 0) return ZERO
  const kept = digits.slice(0, count)
  const next = digits.charAt(count)
  const odd = '13579'.includes(kept.slice(-1) || '0')
  const up = next > '5' || (next === '5' && (odd || /[1-9]/.test(digits.slice(count + 1))))
  if (!up) return count === 0 ? ZERO : { digits: kept, point }
  const raised = (BigInt(kept) + 1n).toString()
  // A carry out of 99.9 leaves one digit too many, a zero.
  return { digits: raised.slice(0, Math.max(1, count)), point: point + raised.length - count }
}

/** Writes digits around the decimal point, with zeros up to the `end`-th digit. */
const place = ({ digits, point }: Decimal, end: number, alternate: boolean): string => {
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0')
  const fraction = ('0'.repeat(Math.max(0, -point)) + digits.slice(Math.max(0, point))).padEnd(end - point, '0')
  return fraction === '' && !alternate ? whole : `${whole}.${fraction}`
}

const scientific = ({ digits, point }: Decimal, end: number, alternate: boolean): string => {
  const exponent = Math.abs(point - 1)
    .toString()
    .padStart(2, '0')
  return `${place({ digits, point: 1 }, end, alternate)}e${point < 1 ? '-' : '+'}${exponent}`
}

/** A non-negative float without sign, fill and grouping: 'e', 'f', 'g', or '' for repr (like 'g' when precise). */
const floatBody = (x: number, type: string, precision: number | undefined, alternate: boolean): string => {
  if (Number.isNaN(x)) return 'nan'
  if (x === Infinity) return 'inf'
  const places = precision ?? 6
  if (type === 'e') return scientific(round(exactDecimal(x), places + 1), places + 1, alternate)
  if (type === 'f') {
    const exact = exactDecimal(x)
    const rounded = round(exact, exact.point + places)
    return place(rounded, rounded.point + places, alternate)
  }
  const shortest = type === '' && precision === undefined
  const count = shortest ? 17 : Math.max(1, places)
  const rounded = shortest ? shortestDecimal(x) : round(exactDecimal(x), count)
  const digits = rounded.digits.replace(/(?<=.)0+$/, '')
  const end = alternate && !shortest ? count : digits.length
  // Without a type a float keeps at least '.0', so one digit fewer fits before the exponent appears.
  if (rounded.point <= -4 || rounded.point > count - (type === '' ? 1 : 0)) {
    return scientific({ digits, point: rounded.point }, end, alternate)
  }
  return place({ digits, point: rounded.point }, type === '' ? Math.max(end, rounded.point + 1) : end, alternate)
}

/**
 * Writes a number as Python's `repr(float)` does: the shortest digits that read back as the same double.
 *
 * Any number is allowed; whole ones get '.0', and the exponent form begins at 1e16 and below 1e-4. Never throws.
 *
 * @param x - the number, taken as a Python float
 * @returns Python's text for it
 * @example
 * import { pythonRepr } from 'rxfit'
 * pythonRepr(1) // => '1.0'
 * pythonRepr(1e16) // => '1e+16'
 * pythonRepr(-0) // => '-0.0'
 * pythonRepr(NaN) // => 'nan'
 */
export const pythonRepr = (x: number): string => {
  const size = Math.abs(x)
  // between these JavaScript writes the same digits; only the '.0' is Python's own
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(x) ? `${x}.0` : String(x)
  return (isNegative(x) ? '-' : '') + floatBody(size, '', undefined, false)
}

const isNegative = (x: number): boolean => x < 0 || Object.is(x, -0)

// ---------------------------------------------------------------- strings

/** Python's repr (or, for `ascii`, its ascii) of a string. */
const reprString = (text: string, ascii: boolean): string => {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const named: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
  const escape = (c: string): string => {
    if (c === quote) return `\\${c}`
    const code = c.codePointAt(0) ?? 0
    // str.isprintable: no control, format, surrogate, unassigned or separator characters but the space.
    if (c === ' ' || !(/[\p{C}\p{Z}]/u.test(c) || (ascii && code > 126))) return named[c] ?? c
    const hex = code.toString(16)
    if (code < 0x100) return named[c] ?? `\\x${hex.padStart(2, '0')}`
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
  }
  return quote + [...text].map(escape).join('') + quote
}

const textOf = (v: Value): string => (v.kind === 'float' ? pythonRepr(v.value) : v.value.toString())

const convert = (v: Value, conversion: string): E.Either<string, Value> => {
  if (conversion === '') return E.right(v)
  if (!'rsa'.includes(conversion)) return E.left(`unknown conversion '!${conversion}' (there are !r, !s and !a)`)
  const quoted = v.kind === 'str' && conversion !== 's'
  return E.right({ kind: 'str', value: quoted ? reprString(v.value, conversion === 'a') : textOf(v) })
}

// ---------------------------------------------------------------- specs

/** Reads [[fill]align][sign][z][#][0][width][grouping][.precision][type], left to right without backtracking. */
const parseSpec = (text: string, kind: Value['kind']): E.Either<string, Spec> => {
  const chars = [...text] // code points, as Python counts
  const filled = chars[1] !== undefined && '<>=^'.includes(chars[1])
  let at = filled ? 1 : 0
  const take = (allowed: string): string => {
    const c = chars[at]
    if (c === undefined || !allowed.includes(c)) return ''
    at += 1
    return c
  }
  const takeDigits = (): string => {
    const from = at
    while (take('0123456789') !== '');
    return chars.slice(from, at).join('')
  }
  const align = take('<>=^')
  const sign = take('+- ')
  const positiveZero = take('z') !== ''
  const alternate = take('#') !== ''
  const zero = !filled && take('0') !== ''
  const width = Number(takeDigits())
  const group = take(',_')
  if (group !== '' && take(',_') !== '') return E.left(`only one of ',' and '_' can group digits`)
  const dot = take('.') !== ''
  const precisionDigits = takeDigits()
  if (dot && precisionDigits === '') return E.left(`the precision is missing after '.'`)
  const precision = dot ? Number(precisionDigits) : undefined
  const rest = chars.slice(at)
  if (rest.length > 1) return E.left(`'${rest.join('')}' is not a format code`)
  const type = rest[0] ?? { int: 'd', float: '', str: 's' }[kind]
  if (group !== '' && !'deEfFgG%'.includes(type) && !(group === '_' && 'boxX'.includes(type))) {
    return E.left(`'${group}' cannot be used with '${type}'`)
  }
  if (width > LIMIT) return E.left(`the width is larger than ${LIMIT}`)
  if (precision !== undefined && precision > LIMIT) return E.left(`the precision is larger than ${LIMIT}`)
  const fill = filled ? (chars[0] ?? ' ') : zero ? '0' : ' '
  const usual = kind === 'str' ? '<' : zero ? '=' : '>'
  return E.right({ fill, align: align || usual, sign, positiveZero, alternate, width, group, precision, type })
}

/** Fills up to the width, counted in code points; '=' fills between sign and digits. */
const pad = (spec: Spec, head: string, body: string): string => {
  const missing = Math.max(0, spec.width - [...head, ...body].length)
  const left = spec.align === '<' ? 0 : spec.align === '^' ? Math.floor(missing / 2) : missing
  if (spec.align === '=') return head + spec.fill.repeat(missing) + body
  return spec.fill.repeat(left) + head + body + spec.fill.repeat(missing - left)
}

const groupDigits = (digits: string, separator: string, size: number): string => {
  const first = digits.length % size || size
  const groups = [digits.slice(0, first)]
  for (let i = first; i < digits.length; i += size) groups.push(digits.slice(i, i + size))
  return groups.join(separator)
}

/** Signs, groups and pads a number; a zero fill is grouped too, so the result may be one wider than asked. */
const layOut = (spec: Spec, negative: boolean, prefix: string, digits: string, rest: string): string => {
  const head = (negative ? '-' : spec.sign.replace('-', '')) + prefix
  if (spec.group === '' || digits === '') return pad(spec, head, digits + rest)
  const size = 'boxX'.includes(spec.type || 'd') ? 4 : 3
  const room = spec.fill === '0' && spec.align === '=' ? spec.width - head.length - rest.length : 0
  // The fewest digits n for which n and its separators, one per `size`, take all of the room.
  const zeros = digits.padStart(room - Math.floor((room - 1) / (size + 1)), '0')
  return pad(spec, head, groupDigits(zeros, spec.group, size) + rest)
}

const unknownType = (type: string, kind: Value['kind']): E.Either<string, never> =>
  E.left(`unknown format code '${type}' for ${WHAT[kind]}`)

const formatString = (text: string, spec: Spec): E.Either<string, string> => {
  if (spec.sign !== '') return E.left('a sign is not allowed for a string')
  if (spec.positiveZero) return E.left(`'z' is not allowed for a string`)
  if (spec.alternate) return E.left(`'#' is not allowed for a string`)
  if (spec.align === '=') return E.left(`the alignment '=' is not allowed for a string`)
  if (spec.type !== 's') return unknownType(spec.type, 'str')
  return E.right(pad(spec, '', spec.precision === undefined ? text : [...text].slice(0, spec.precision).join('')))
}

const formatFloat = (x: number, spec: Spec, kind: 'int' | 'float'): E.Either<string, string> => {
  if (!'eEfFgGn%'.includes(spec.type)) return unknownType(spec.type, kind)
  const value = spec.type === '%' ? x * 100 : x
  const type = spec.type === '%' ? 'f' : spec.type === 'n' ? 'g' : spec.type.toLowerCase()
  const plain = floatBody(Math.abs(value), type, spec.precision, spec.alternate)
  const body = type === spec.type.toLowerCase() && type !== spec.type ? plain.toUpperCase() : plain
  const negative = isNegative(value) && !(spec.positiveZero && Number(plain) === 0)
  const digits = /^\d*/.exec(body)?.[0] ?? ''
  return E.right(layOut(spec, negative, '', digits, body.slice(digits.length) + (spec.type === '%' ? '%' : '')))
}

const formatInteger = (n: bigint, spec: Spec): E.Either<string, string> => {
  if (spec.type !== '' && 'eEfFgG%'.includes(spec.type)) return formatFloat(Number(n), spec, 'int')
  if (!'bcdnoxX'.includes(spec.type)) return unknownType(spec.type, 'int')
  if (spec.precision !== undefined) return E.left('a precision is not allowed for an integer')
  if (spec.positiveZero) return E.left(`'z' is not allowed for an integer`)
  if (spec.type === 'c') {
    if (spec.sign !== '' || spec.alternate) return E.left(`neither a sign nor '#' is allowed with 'c'`)
    if (n < 0n || n > 0x10ffffn) return E.left(`${n} is not a character code`)
    return E.right(layOut(spec, false, '', '', String.fromCodePoint(Number(n))))
  }
  const radix = spec.type === 'b' ? 2 : spec.type === 'o' ? 8 : spec.type.toLowerCase() === 'x' ? 16 : 10
  const digits = (n < 0n ? -n : n).toString(radix)
  const prefix = spec.alternate && radix !== 10 ? `0${spec.type}` : ''
  return E.right(layOut(spec, n < 0n, prefix, spec.type === 'X' ? digits.toUpperCase() : digits, ''))
}

const formatValue = (v: Value, text: string): E.Either<string, string> => {
  if (text === '') return E.right(textOf(v))
  const spec = parseSpec(text, v.kind)
  if (E.isLeft(spec)) return spec
  if (v.kind === 'str') return formatString(v.value, spec.right)
  return v.kind === 'int' ? formatInteger(v.value, spec.right) : formatFloat(v.value, spec.right, 'float')
}

// ---------------------------------------------------------------- templates

const checkName = (name: string, at: number): E.Either<Fault, string> => {
  const shown = `'{${name}}'`
  if (/[.[]/.test(name)) {
    return E.left({ problem: `${shown} reaches into a value; only plain field names are allowed`, at })
  }
  if (name === '' || /^\p{Nd}+$/u.test(name)) {
    return E.left({ problem: `${shown} is positional; name the field, as in '{epoch}'`, at })
  }
  return name.includes('{') ? E.left({ problem: `unexpected '{' in a field name`, at }) : E.right(name)
}

/** The field whose '{' is at `open`, and the index after its '}'; `depth` says how many levels may nest in it. */
const parseField = (text: string, open: number, depth: number): E.Either<Fault, readonly [Field, number]> => {
  const fail = (problem: string): E.Either<Fault, never> => E.left({ problem, at: open })
  const stop = text.slice(open + 1).search(/[}:!]/)
  if (stop < 0) return fail(`this '{' is never closed`)
  let at = open + 1 + stop
  const name = checkName(text.slice(open + 1, at), open)
  if (E.isLeft(name)) return name
  let conversion = ''
  if (text[at] === '!') {
    conversion = String.fromCodePoint(text.codePointAt(at + 1) ?? 0)
    at += 1 + conversion.length
    if (text[at] !== '}' && text[at] !== ':') return fail(`after '!' one of r, s, a and then ':' or '}' must follow`)
  }
  if (text[at] === '}') return E.right([{ name: name.right, conversion, spec: [], at: open }, at + 1])
  const from = at + 1
  for (let level = 1; level > 0;) {
    at += 1
    if (at >= text.length) return fail(`this '{' is never closed`)
    if (text[at] === '{') level += 1
    if (text[at] === '}') level -= 1
  }
  const nested = text.slice(from, at).includes('{')
  if (nested && depth === 0) return fail('fields nest more than one level deep')
  const spec = nested ? parse(text, from, at, depth - 1) : E.right([text.slice(from, at)])
  return E.isLeft(spec) ? spec : E.right([{ name: name.right, conversion, spec: spec.right, at: open }, at + 1])
}

/** The literals and fields of `text` from `start` to `end`. */
const parse = (text: string, start: number, end: number, depth: number): E.Either<Fault, ReadonlyArray<Part>> => {
  const parts: Array<Part> = []
  for (let at = start; at < end;) {
    const c = text.charAt(at)
    const next = at + 1 < end ? text.charAt(at + 1) : ''
    if (c !== '{' && c !== '}') {
      const length = text.slice(at, end).search(/[{}]/)
      parts.push(text.slice(at, length < 0 ? end : at + length))
      at = length < 0 ? end : at + length
    } else if (next === c) {
      parts.push(c)
      at += 2
    } else if (c === '}' || next === '') {
      return E.left({ problem: `a single '${c}'; write '${c}${c}' for the character itself`, at })
    } else {
      const field = parseField(text.slice(0, end), at, depth)
      if (E.isLeft(field)) return field
      parts.push(field.right[0])
      at = field.right[1]
    }
  }
  return E.right(parts)
}

type Fields = Readonly<Record<string, number | string>>

const lookUp = (fields: Fields, integers: ReadonlySet<string>, { name, at }: Field): E.Either<Fault, Value> => {
  if (!Object.hasOwn(fields, name)) {
    const names = Object.keys(fields)
    const close = nearest(name, names)
    const hint = close === undefined ? '' : `; did you mean '${close}'?`
    return E.left({
      problem: `unknown field '${name}'; there are ${names.join(', ') || 'none'}${hint}`,
      at,
      field: name,
    })
  }
  const value: unknown = fields[name]
  if (typeof value === 'string') return E.right({ kind: 'str', value })
  if (typeof value !== 'number') {
    return E.left({ problem: `the field '${name}' is neither a number nor a string`, at, field: name })
  }
  const whole = integers.has(name) && Number.isInteger(value)
  return E.right(whole ? { kind: 'int', value: BigInt(value) } : { kind: 'float', value })
}

const render = (parts: ReadonlyArray<Part>, fields: Fields, integers: ReadonlySet<string>): E.Either<Fault, string> => {
  let out = ''
  for (const part of parts) {
    if (typeof part === 'string') {
      out += part
      continue
    }
    const value = lookUp(fields, integers, part)
    if (E.isLeft(value)) return value
    const spec = render(part.spec, fields, integers)
    if (E.isLeft(spec)) return spec
    const text = E.chain((v: Value) => formatValue(v, spec.right))(convert(value.right, part.conversion))
    if (E.isLeft(text)) {
      const where = `field '${part.name}'${spec.right === '' ? '' : `, format '${spec.right}'`}`
      return E.left({ problem: `${where}: ${text.left}`, at: part.at, field: part.name })
    }
    if (out.length + text.right.length > LONGEST) {
      return E.left({ problem: `the text grows past ${LONGEST} characters`, at: part.at, field: part.name })
    }
    out += text.right
  }
  return E.right(out)
}

const toError =
  (template: string) =>
  ({ problem, at, field }: Fault): FormatError => ({
    _tag: 'FormatError',
    message: `Cannot format '${template}': at character ${at + 1}, ${problem}`,
    template,
    ...(field === undefined ? {} : { field }),
  })

/**
 * Fills a template in as Python's `str.format(**fields)` does, rounding the exact binary value half to even.
 *
 * Follows Python's format string syntax and format specification mini-language (as of 3.11, in the C locale): `{name}`,
 * `{name:spec}`, `{name!r:spec}`, specs that hold fields themselves, and `{{` and `}}`. Widths and precisions go up to
 * 100000, the text to 2^28 characters, and numbers in specs are ASCII digits. Only own fields are seen, and nothing
 * reaches into them: `{}`, `{0}`, `{a.b}` and `{a[0]}` are errors.
 *
 * @param template - for example '{epoch:02d}-{val_loss:.2f}.json'
 * @param fields - the values by name
 * @param integers - the fields that are Python ints when whole, by default epoch and batch; other numbers are floats
 * @returns the text, or a `FormatError` for an unknown field, a bad spec or a malformed template; never throws
 * @example
 * import { formatPython } from 'rxfit'
 * import * as E from 'fp-ts/lib/Either.js'
 * formatPython('{epoch:02d}-{val_loss:.2f}', { epoch: 3, val_loss: 0.125 }) // => E.right('03-0.12')
 * formatPython('{loss}', { loss: 1 }) // => E.right('1.0')
 * E.isLeft(formatPython('{loss:d}', { loss: 1 })) // => true
 */
export const formatPython = (
  template: string,
  fields: Fields,
  integers: ReadonlySet<string> = INTEGERS,
): E.Either<FormatError, string> => {
  const parts = parse(template, 0, template.length, 1)
  return E.mapLeft(toError(template))(E.isLeft(parts) ? parts : render(parts.right, fields, integers))
}

/**
 * Lists the names a template uses, each once in the order of first use, nested ones included.
 *
 * Specs are not checked, as what they allow depends on the value. The syntax is that of `formatPython`.
 *
 * @param template - for example '{epoch:02d}-{val_loss:.2f}.json'
 * @returns the names, or a `FormatError` for a malformed template or a positional or reaching field; never throws
 * @example
 * import { fieldsOf } from 'rxfit'
 * import * as E from 'fp-ts/lib/Either.js'
 * fieldsOf('{epoch:02d}-{val_loss:.2f}') // => E.right(['epoch', 'val_loss'])
 */
export const fieldsOf = (template: string): E.Either<FormatError, ReadonlyArray<string>> => {
  const names = (parts: ReadonlyArray<Part>): ReadonlyArray<string> =>
    parts.flatMap((part) => (typeof part === 'string' ? [] : [part.name, ...names(part.spec)]))
  const parts = E.mapLeft(toError(template))(parse(template, 0, template.length, 1))
  return E.map((found: ReadonlyArray<Part>) => [...new Set(names(found))])(parts)
}
