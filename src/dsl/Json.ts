/** Anything JSON can hold. Machine states and specs are made of this, so that they survive a file. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject
/** A JSON object; an undefined field counts as absent. */
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** A number as JSON can hold it: what is not finite is spelled out. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity'

/**
 * Makes a number safe for JSON, where `NaN` and the infinities would silently become `null`, and -0 becomes 0.
 * @example
 * import { encodeNumber } from 'rxfit'
 * encodeNumber(0.5) // => 0.5
 * encodeNumber(-Infinity) // => '-Infinity'
 */
export const encodeNumber = (x: number): JsonNumber => (Number.isFinite(x) ? x + 0 : (String(x) as JsonNumber))

/**
 * Undoes `encodeNumber`.
 * @example
 * import { decodeNumber } from 'rxfit'
 * decodeNumber('NaN') // => NaN
 */
export const decodeNumber = (x: JsonNumber): number => (typeof x === 'number' ? x : Number(x))

/**
 * Encodes every number inside a value, drops functions and undefined fields: what a record line or `--json` output holds.
 * @example
 * import { encodeJson } from 'rxfit'
 * encodeJson({ loss: NaN, best: [1, Infinity] }) // => { loss: 'NaN', best: [1, 'Infinity'] }
 */
export const encodeJson = (value: unknown): Json => {
  if (typeof value === 'number') return encodeNumber(value)
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(encodeJson)
  if (typeof value !== 'object') return null
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined && typeof v !== 'function')
      .map(([k, v]) => [k, encodeJson(v)]),
  )
}

const spelled: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity'])

/**
 * Undoes `encodeJson` where no text is one of the three spelled-out numbers.
 * @example
 * import { decodeJson } from 'rxfit'
 * decodeJson({ loss: 'NaN', best: [1, 'Infinity'] }) // => { loss: NaN, best: [1, Infinity] }
 */
export const decodeJson = (value: Json | undefined): unknown => {
  if (spelled.has(value)) return Number(value)
  if (Array.isArray(value)) return value.map(decodeJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, part]) => [key, decodeJson(part)]))
}
