import * as v from 'valibot'
import { encodeJson } from './Json.js'
import { nearest } from './nearest.js'

/** One thing that is wrong with a set of options, with the path to it. */
export interface Problem {
  readonly path: string
  readonly message: string
}

/** Options that don't hold. All problems at once, each with its place. */
export class OptionError extends Error {
  readonly _tag = 'OptionError'
  override readonly name: string = 'OptionError'
  constructor(readonly problems: ReadonlyArray<Problem>) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'))
  }
}

/** The schema of an options object. */
export type OptionsSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : typeof value === 'function' ? 'a function' : JSON.stringify(encodeJson(value))

const explain = (issue: v.BaseIssue<unknown>): string => {
  if (issue.kind === 'validation' || issue.type === 'custom') return `${issue.message}, got ${show(issue.input)}`
  // valibot expects the key's name where the key isn't there
  if (/^(strict_)?object$/.test(issue.type) && issue.input === undefined) return 'must be there, got nothing'
  return `must be ${issue.expected ?? 'something else'}, got ${show(issue.input)}${didYouMean(issue)}`
}

/** The choice that was probably meant, of many; of a few it is plain to see. */
const didYouMean = ({ type, input, expected }: v.BaseIssue<unknown>): string => {
  if (type !== 'picklist' || typeof input !== 'string') return ''
  // `("min" | "max")`: the issue has them in no other form
  const choices = [...(expected ?? '').matchAll(/"([^"]*)"/g)].map((found) => found[1] as string)
  const guess = choices.length > 4 ? nearest(input, choices) : undefined
  return guess ? ` (did you mean '${guess}'?)` : ''
}

/** Checks options against a schema; the problems' paths begin with `at`. */
export const check = <S extends OptionsSchema>(
  at: string,
  schema: S,
  given: unknown,
):
  | { readonly ok: true; readonly options: v.InferOutput<S> }
  | { readonly ok: false; readonly problems: ReadonlyArray<Problem> } => {
  const known = Object.keys(schema.entries)
  if (given !== undefined && !isOptions(given)) return { ok: false, problems: [noOptions(at, given)] }
  // valibot stops at the first unknown key, and takes `constructor` for a known one: every object has it
  const strangers = isObject(given) ? Object.keys(given).filter((key) => !known.includes(key)) : []
  const result = v.safeParse(v.object(schema.entries), given ?? {})
  if (result.success && strangers.length === 0) return { ok: true, options: result.output }
  const unknown = strangers.map((key) => {
    const guess = nearest(key, known)
    const message = `unknown option${guess ? ` (did you mean '${guess}'?)` : ''}; there is ${known.join(', ') || 'none'}`
    return { path: `${at}.${key}`, message }
  })
  const invalid = (result.issues ?? []).map((issue) => ({
    path: [at, ...(issue.path ?? []).map((item) => String(item.key))].join('.'),
    message: explain(issue),
  }))
  return { ok: false, problems: [...unknown, ...invalid] }
}

const isObject = (x: unknown): x is object => typeof x === 'object' && x !== null
const isOptions = (x: unknown): x is object => isObject(x) && !Array.isArray(x)
const noOptions = (path: string, given: unknown): Problem => ({
  path,
  message: `must be an object of options, got ${show(given)}`,
})

/** Throws where what was given can't be options at all: null, a list. */
export const mustBeOptions = (at: string, given: unknown): void => {
  if (!isOptions(given)) throw new OptionError([noOptions(at, given)])
}

/** Checks options and fills in defaults, or throws an `OptionError` that lists everything wrong. */
export const parse = <S extends OptionsSchema>(at: string, schema: S, given: unknown): v.InferOutput<S> => {
  const checked = check(at, schema, given)
  if (!checked.ok) throw new OptionError(checked.problems)
  return checked.options
}

// ---------------------------------------------------------------------------------------------- the words of a schema

export const number = v.number()
export const finite = v.pipe(v.number(), v.finite('must be finite'))
export const atLeast = (min: number) => v.pipe(finite, v.minValue(min, `must be ${min} or more`))
export const above = (min: number) => v.pipe(finite, v.gtValue(min, `must be above ${min}`))
export const lessThan = (max: number) => v.pipe(finite, v.ltValue(max, `must be below ${max}`))
export const within = (min: number, max: number) =>
  v.pipe(
    finite,
    v.minValue(min, `must be between ${min} and ${max}`),
    v.maxValue(max, `must be between ${min} and ${max}`),
  )
export const whole = v.pipe(v.number(), v.safeInteger('must be a whole number'))
export const count = v.pipe(whole, v.minValue(0, 'must be 0 or more'))
export const positive = v.pipe(whole, v.minValue(1, 'must be 1 or more'))
export const text = v.pipe(v.string(), v.nonEmpty('must not be empty'))
export const oneOf = <const A extends ReadonlyArray<string>>(...choices: A) => v.picklist(choices)
/** What no other word says: anything that holds. */
export const such = <T>(holds: (x: unknown) => boolean, message: string) => v.custom<T>(holds, message)
export const func = v.function()
export const flag = v.boolean()
export const onMissing = v.optional(oneOf('error', 'skip'), 'error')
export const mode = v.optional(oneOf('auto', 'min', 'max'), 'auto')
