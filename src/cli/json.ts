/** A place in a text, from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** JSON, and where each part of it stands. */
export interface Located {
  readonly value: unknown
  /** the place of a path such as `[0].earlyStopping.patience`, or of the nearest part around it */
  readonly placeOf: (path: string) => Place
}

/** A text that isn't JSON: where, and what was expected there. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  constructor(
    readonly place: Place,
    message: string,
  ) {
    super(message)
  }
}

const placeAt = (text: string, index: number): Place => {
  const before = text.slice(0, index).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/** Keys that would reach an object's prototype. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype'])
const deepest = 200

const tokens = {
  space: /[ \t\r\n]*/y,
  // eslint-disable-next-line no-control-regex -- JSON forbids these inside a string
  string: /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y,
  number: /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y,
  word: /true|false|null/y,
}

/**
 * Parses JSON as `JSON.parse` does, and knows where everything stands; that one, on Node 20, often doesn't say where it gave
 * up. A key that is there twice, or that would reach the prototype, is refused.
 */
export const parseJson = (text: string): Located => {
  const starts = new Map<string, number>()
  let at = 0

  const expected = (what: string): never => {
    const found = at >= text.length ? 'the end of the file' : JSON.stringify(text[at])
    throw new JsonError(placeAt(text, at), `expected ${what}, found ${found}`)
  }
  const take = (token: RegExp): string | undefined => {
    token.lastIndex = at
    const [found] = token.exec(text) ?? []
    at += found?.length ?? 0
    return found
  }
  const next = (): string | undefined => {
    take(tokens.space)
    return text[at]
  }
  const accept = (char: string): boolean => {
    if (next() !== char) return false
    at += 1
    return true
  }

  const list = (path: string, depth: number): ReadonlyArray<unknown> => {
    const items: Array<unknown> = []
    if (accept(']')) return items
    do items.push(value(`${path}[${items.length}]`, depth))
    while (accept(','))
    return accept(']') ? items : expected("',' or ']'")
  }

  const object = (path: string, depth: number): object => {
    const entries = new Map<string, unknown>()
    if (accept('}')) return {}
    do {
      next()
      const start = at
      const key = take(tokens.string)
      if (key === undefined) return expected('a key in double quotes')
      const name = JSON.parse(key) as string
      const refuse = (why: string): never => {
        throw new JsonError(placeAt(text, start), `key ${key} ${why}`)
      }
      if (forbidden.has(name)) return refuse('is not allowed')
      if (entries.has(name)) return refuse('is there twice')
      if (!accept(':')) return expected("':'")
      entries.set(name, value(path === '' ? name : `${path}.${name}`, depth, start))
    } while (accept(','))
    return accept('}') ? Object.fromEntries(entries) : expected("',' or '}'")
  }

  const value = (path: string, depth: number, start?: number): unknown => {
    const char = next()
    starts.set(path, start ?? at)
    if (depth > deepest) return expected(`no more than ${deepest} levels`)
    if (accept('[')) return list(path, depth + 1)
    if (accept('{')) return object(path, depth + 1)
    const simple = take(char === '"' ? tokens.string : tokens.word) ?? take(tokens.number)
    if (simple === undefined) return expected('a value')
    const parsed: unknown = JSON.parse(simple)
    if (typeof parsed !== 'number' || Number.isFinite(parsed)) return parsed
    at -= simple.length
    throw new JsonError(placeAt(text, at), `${simple} is larger than a number can be`)
  }

  const parsed = value('', 0)
  if (next() !== undefined) expected('nothing more')
  return { value: parsed, placeOf: (path) => placeAt(text, startOf(starts, path)) }
}

const startOf = (starts: ReadonlyMap<string, number>, path: string): number =>
  starts.get(path) ?? (path === '' ? 0 : startOf(starts, path.replace(/(\.[^.[]*|\[\d+\]|^[^.[]+|.)$/, '')))
