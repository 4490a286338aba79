import type { Json } from '../../dsl/Json.js'

/** Values that an option is to take. */
export type Values =
  | { readonly _tag: 'list'; readonly values: ReadonlyArray<Json> }
  /** any number between the two, ends included; `log`: as likely in each power of ten; `whole`: integers only */
  | {
      readonly _tag: 'range'
      readonly from: number
      readonly to: number
      readonly log: boolean
      readonly whole: boolean
    }

/** A text that gives no values: what was expected. */
export class ValuesError extends Error {
  override readonly name = 'ValuesError'
}

const numeral = String.raw`[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?`
const range = new RegExp(String.raw`^(${numeral})\.\.(${numeral})(?:(\.\.|\*)(${numeral})?)?$`)
const number = new RegExp(`^${numeral}$`)
const integer = /^[+-]?\d+$/

const most = 100_000

const fail = (message: string): never => {
  throw new ValuesError(message)
}

/** Without the noise of repeated addition: 0.1 + 0.2 is 0.3. Whole numbers have none. */
const tidy = (x: number): number => (Number.isInteger(x) ? x : Number(x.toPrecision(12)))

/** Up to the end, and a hair's breadth beyond it. */
const until = (text: string, to: number, slack: number, next: (i: number) => number): ReadonlyArray<number> => {
  const values: Array<number> = []
  for (let i = 0; next(i) <= to + slack; i += 1) {
    if (values.length === most) fail(`'${text}' has more than ${most} values`)
    values.push(tidy(next(i)))
  }
  return values
}

const bySteps = (text: string, from: number, to: number, step: number): ReadonlyArray<number> => {
  const slack = 1e-6 * step
  // 5.6e-17, between -0.1 and 0.1, is 0
  const at = (i: number): number => (Math.abs(from + i * step) < slack ? 0 : from + i * step)
  return until(text, to, slack, at)
}

const byFactors = (text: string, from: number, to: number, factor: number): ReadonlyArray<number> =>
  until(text, to, 1e-9 * to, (i) => from * factor ** i)

const rangeOf = (text: string, found: RegExpExecArray): Values => {
  const [, first = '', last = '', by, amount] = found
  const [from, to, step] = [Number(first), Number(last), amount === undefined ? undefined : Number(amount)]
  if (!Number.isFinite(from) || !Number.isFinite(to)) fail(`'${text}': its ends must be finite`)
  if (to < from) fail(`'${text}' ends below where it begins`)
  const whole = integer.test(first) && integer.test(last)
  if (by === '*') {
    if (!(from > 0)) fail(`'${text}': a range that is multiplied must begin above 0`)
    if (step === undefined) return { _tag: 'range', from, to, log: true, whole }
    if (!(step > 1)) fail(`'${text}': its factor must be above 1, as in 1e-5..1e-1*10`)
    return { _tag: 'list', values: byFactors(text, from, to, step) }
  }
  if (by === '..') {
    if (step === undefined || !(step > 0)) return fail(`'${text}': its step must be above 0, as in 1..20..2`)
    return { _tag: 'list', values: bySteps(text, from, to, step) }
  }
  return { _tag: 'range', from, to, log: false, whole }
}

const words: Readonly<Record<string, Json>> = { true: true, false: false, null: null }

const one = (text: string): Json => {
  if (Object.hasOwn(words, text)) return words[text] as Json
  if (number.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : fail(`'${text}' is larger than a number can be`)
  }
  // a text in quotes may look like a number
  const quoted = /^"(.*)"$/.exec(text)
  if (quoted) return quoted[1] as string
  if (text.includes('..'))
    fail(`'${text}' is no range: expected 1..20, 1..20..2 (by steps) or 1e-5..1e-1*10 (by factors)`)
  return text
}

/** The values of a range, one after another; one of any numbers has none. */
export const listed = (text: string, values: Values): ReadonlyArray<Json> => {
  if (values._tag === 'list') return values.values
  const { from, to, log, whole } = values
  if (log) return fail(`'${text}' needs a factor, as in 1e-5..1e-1*10; without one it is for a random search`)
  if (!whole) return fail(`'${text}' needs a step, as in 0.1..0.5..0.1; without one it is for a random search`)
  return bySteps(text, from, to, 1)
}

/**
 * Reads `a,b,c`, `1..20`, `1..20..2`, `1e-5..1e-1*10`, or a list of these: numbers, true, false, null, and anything else as
 * text. `0.1..0.5` and `1e-5..1e-1*` are ranges that a random search draws from.
 */
export const readValues = (text: string): Values => {
  // a comma in quotes is a part of a name
  const parts = text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((part) => part.trim())
  if (parts.some((part) => part === '')) fail(`'${text}' has an empty value: expected values such as 1,2,5 or 1..20`)
  const read = parts.map((part): readonly [string, Values] => {
    const found = range.exec(part)
    return [part, found ? rangeOf(part, found) : { _tag: 'list', values: [one(part)] }]
  })
  const [only] = read
  if (only && read.length === 1) return only[1]
  return { _tag: 'list', values: [...new Set(read.flatMap(([part, values]) => listed(part, values)))] }
}

/** A value of a random search: one of the list, or any of the range. */
export const drawn = (values: Values, random: () => number): Json => {
  if (values._tag === 'list') return values.values[Math.floor(random() * values.values.length)] as Json
  const { from, to, log, whole } = values
  const share = random()
  if (log) {
    const value = from * (to / from) ** share
    return whole ? Math.round(value) : tidy(value)
  }
  return whole ? from + Math.floor(share * (to - from + 1)) : tidy(from + share * (to - from))
}
