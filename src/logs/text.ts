/** Escape sequences that a terminal obeys: colours, titles, cursor movements. */
// eslint-disable-next-line no-control-regex -- they begin with a control character
const escapes = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]?/g
// eslint-disable-next-line no-control-regex -- what a file holds must not steer a terminal; marks that turn the text around included
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Text without what would steer a terminal; line feeds stay. */
export const printable = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replaceAll(escapes, '')
    .replaceAll(/[\t\r]/g, ' ')
    .replaceAll(controls, '')

/** Text on one line, as a message or a cell should be. */
export const oneLine = (text: string): string =>
  printable(text)
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')

const longest = 100

const written = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'bigint') return `${value}n, a BigInt`
  if (typeof value === 'function') return 'a function'
  if (value instanceof Promise) return 'a promise: await it'
  const name = kindOf(value)
  return name ?? (typeof value === 'symbol' ? String(value) : JSON.stringify(value))
}

/** The class of what is no plain object, list or simple value. */
const kindOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const name: unknown = (Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null)?.constructor?.name
  return typeof name === 'string' && name !== 'Object' && name !== '' ? `an object of class ${name}` : undefined
}

/** Any value, for an error message: never long, never throws. */
export const shown = (value: unknown): string => {
  try {
    const text = oneLine(written(value))
    return text.length > longest ? `${text.slice(0, longest)}…` : text
  } catch {
    return Array.isArray(value) ? 'a list' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
  }
}

/** What was thrown, in one line. Anything can be thrown, and what is thrown can itself throw when it is looked at. */
export const messageOf = (thrown: unknown): string => {
  try {
    if (!(thrown instanceof Error)) return oneLine(`threw ${isText(thrown) ? String(thrown) : shown(thrown)}`)
    const message: unknown = thrown.message
    return oneLine(String(message) || thrown.name)
  } catch {
    return "threw something that can't be shown"
  }
}

const isText = (x: unknown): boolean => typeof x !== 'object' || x === null
