import { decodeNumber } from '../dsl/Json.js'

/** A framework's parameter name as an option's: `min_delta` is `minDelta`. */
export const camel = (name: string): string => name.replace(/_([a-z0-9])/gi, (_, c: string) => c.toUpperCase())

/** Numbers spelled out are numbers. */
const value = (x: unknown): unknown => (x === 'NaN' || x === 'Infinity' || x === '-Infinity' ? decodeNumber(x) : x)

/** Parameters as options, under camelCase names. */
export const renamed = (
  params: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(params).map(([name, x]) => [names[name] ?? camel(name), value(x)]))
