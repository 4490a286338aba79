import * as E from 'fp-ts/lib/Either.js'
import { fromSpec } from '../builtins/fromSpec.js'
import { parseDialect } from '../dialects/index.js'
import { OptionError } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { JsonError, parseJson, type Located } from './json.js'
import { messageOf, oneLine } from '../logs/text.js'
import { fail, UsageError } from './UsageError.js'

/** The named callbacks that have a `dialect`. */
export const speakers: ReadonlySet<string> = new Set([
  'earlyStopping',
  'reduceLROnPlateau',
  'modelCheckpoint',
  'learningRateScheduler',
  'controlledStoppingCheckpoint',
])

type Fields = Readonly<Record<string, unknown>>

const isObject = (x: unknown): x is Fields => typeof x === 'object' && x !== null && !Array.isArray(x)

/** Gives a dialect to every callback that can have one and doesn't say its own. */
export const withDialect = (json: unknown, dialect: string): unknown => {
  if (Array.isArray(json)) return json.map((item) => withDialect(item, dialect))
  if (!isObject(json)) return json
  const speaking = (options: unknown): unknown => (isObject(options) ? { dialect, ...options } : options)
  const { kind } = json
  if (typeof kind === 'string' && speakers.has(kind))
    return { ...withDialectInside(json, dialect), options: speaking(json['options'] ?? {}) }
  return withDialectInside(json, dialect, speaking)
}

const withDialectInside = (json: Fields, dialect: string, speaking = (options: unknown): unknown => options): Fields =>
  Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const inner = withDialect(value, dialect)
      return [name, speakers.has(name) ? speaking(inner) : inner]
    }),
  )

const located = (file: string, text: string): Located => {
  try {
    return parseJson(text)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    return fail(`${file}:${error.place.line}:${error.place.column}: not valid JSON: ${error.message}`)
  }
}

const checked = (dialect: string): string => {
  try {
    return parseDialect(dialect)
  } catch (error) {
    return fail(`--${messageOf(error)}`)
  }
}

/** The policy that a callbacks file in JSON describes. Throws a UsageError with a line for each problem. */
export const policyOfJson = (file: string, source: string, dialect?: string): Policy<never> => {
  const name = dialect === undefined ? undefined : checked(dialect)
  const text = source.replace(/^\uFEFF/, '')
  if (text.trim() === '') fail(`${file}: is empty, expected a list such as [{"earlyStopping": {"patience": 3}}]`)
  const { value, placeOf } = located(file, text)
  if (typeof value !== 'object' || value === null)
    return fail(
      `${file}: expected a list such as [{"earlyStopping": {"patience": 3}}], got ${oneLine(text).slice(0, 40)}`,
    )
  try {
    const policy = fromSpec(name === undefined ? value : withDialect(value, name))
    if (E.isRight(policy)) return policy.right as Policy<never>
    throw policy.left
  } catch (error) {
    if (!(error instanceof OptionError)) return fail(`${file}: ${messageOf(error)}`)
    throw new UsageError(
      error.problems.map(({ path, message }) => {
        const { line, column } = placeOf(path)
        return oneLine(`${file}:${line}:${column}: ${path}: ${message}`)
      }),
    )
  }
}
