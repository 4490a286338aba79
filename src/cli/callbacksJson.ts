import type * as E from 'fp-ts/lib/Either.js'
import { fromSpec, type SpecError } from '../builtins/fromSpec.js'
import { isSuspended } from '../builtins/spec/suspend.js'
import { parseDialect } from '../dialects/index.js'
import type { Policy } from '../dsl/Policy.js'
import { JsonError, parseJson, type Located, type Place } from './json.js'
import { placeIn } from './place.js'
import { messageOf, oneLine } from '../logs/text.js'
import { fail } from './UsageError.js'

/** The named callbacks that have a `dialect`. */
export const speakers: ReadonlySet<string> = new Set([
  'earlyStopping',
  'reduceLROnPlateau',
  'modelCheckpoint',
  'learningRateScheduler',
  'controlledStoppingCheckpoint',
])

/** The callbacks of a file. */
export interface Callbacks {
  readonly made: E.Either<SpecError, Policy<never>>
  /** where a part stands, if the file is JSON */
  readonly placeOf?: (path: string) => Place
}

/** What else a file may hold. */
export interface Taking {
  /** what `suspend` gives, for those who go by the policy alone and not by how far it has come */
  readonly suspended?: boolean
}

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

/** The policy that was suspended, and where it stands in the file. */
const inSuspended = ({ value, placeOf }: Located): Located =>
  isSuspended(value)
    ? {
        value: value['spec'],
        placeOf: (path) => placeOf(`spec${path.startsWith('[') || path === '' ? '' : '.'}${path}`),
      }
    : { value, placeOf }

const checked = (dialect: string): string => {
  try {
    return parseDialect(dialect)
  } catch (error) {
    return fail(`--${messageOf(error)}`)
  }
}

/** What a callbacks file in JSON describes, or what is wrong with it, and where everything stands. Throws a UsageError. */
export const callbacksOfJson = (
  file: string,
  source: string,
  dialect?: string,
  { suspended = false }: Taking = {},
): Callbacks => {
  const name = dialect === undefined ? undefined : checked(dialect)
  const text = source.replace(/^\uFEFF/, '')
  if (text.trim() === '') fail(`${file}: is empty, expected a list such as [{"earlyStopping": {"patience": 3}}]`)
  const whole = located(file, text)
  const json = suspended ? inSuspended(whole) : whole
  const { value } = json
  if (typeof value !== 'object' || value === null)
    return fail(
      `${file}: expected a list such as [{"earlyStopping": {"patience": 3}}], got ${oneLine(text).slice(0, 40)}`,
    )
  const made = fromSpec(name === undefined ? value : withDialect(value, name))
  return { made: made as Callbacks['made'], placeOf: placeIn(json) }
}
