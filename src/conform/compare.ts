import { decodeNumber, type JsonNumber } from '../dsl/Json.js'
import type { Actual, Case } from './Case.js'

/** Keys that say the same in other words, or only to people. */
const optional: ReadonlySet<string> = new Set(['errorMessage'])

type Close = (wanted: number, got: number, scale: number) => boolean

/** Spacing of float32 numbers around a value. */
const ulp32 = (x: number): number => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(x) || 2 ** -126))) - 23)

const within =
  (tolerance: number): Close =>
  (wanted, got, scale) =>
    Math.abs(wanted - got) <= tolerance * scale

/** How near a number must be: decisions exactly, curves as golden/README.md says. */
const closeness = (c: Case, key: string): Close => {
  const rates = key === 'lr' || key === 'lrAfter' || key === 'momentum'
  if ((c.dialect === 'keras3' || c.dialect === 'tfkeras2') && rates && c.dyadic === false)
    return (wanted, got) => Math.abs(wanted - got) <= 2 * ulp32(wanted)
  if ((c.dialect === 'torch' || c.dialect === 'hf') && (key === 'lr' || key === 'momentum')) return within(1e-12)
  if (c.dialect === 'torch' && rates && c.dyadic === false) return within(1e-12)
  if (c.dialect === 'optax' && key === 'lr64') return within(1e-12)
  if (c.dialect === 'optax' && key === 'lr') return within(1e-6)
  if (c.dialect === 'optax' && (rates || key === 'best') && c.dyadic === false) return within(1e-6)
  if (c.dialect === 'metrics') return within(1e-12)
  return () => false
}

const isNumber = (x: unknown): x is JsonNumber =>
  typeof x === 'number' || x === 'NaN' || x === 'Infinity' || x === '-Infinity'

const same = (wanted: unknown, got: unknown, close: Close, scale: number): boolean => {
  if (isNumber(wanted) && isNumber(got)) {
    const [a, b] = [decodeNumber(wanted), decodeNumber(got)]
    return a === b || Object.is(a, b) || (Number.isFinite(a) && Number.isFinite(b) && close(a, b, scale))
  }
  if (Array.isArray(wanted) && Array.isArray(got))
    return wanted.length === got.length && wanted.every((item, i) => same(item, got[i], close, scale))
  if (typeof wanted === 'object' && typeof got === 'object' && wanted !== null && got !== null)
    return Object.entries(wanted).every(([key, item]) => same(item, (got as Actual)[key], close, scale))
  return wanted === got
}

/** Largest finite number in a list. */
const largest = (x: unknown): number =>
  Array.isArray(x) ? Math.max(0, ...x.filter((n): n is number => typeof n === 'number').map(Math.abs)) : 1

/** Something that came out otherwise. */
export interface Difference {
  readonly key: string
  readonly wanted: unknown
  readonly got: unknown
}

/** Where a result differs from what the framework did. An error that wasn't expected is a difference too. */
export const differences = (c: Case, got: Actual): ReadonlyArray<Difference> => {
  const wanted = c.expect ?? {}
  const keys = new Set([...Object.keys(wanted), ...('error' in got ? ['error'] : [])])
  return [...keys]
    .filter((key) => !optional.has(key))
    .filter((key) => !same(wanted[key], got[key], closeness(c, key), largest(wanted[key])))
    .map((key) => ({ key, wanted: wanted[key], got: got[key] }))
}
