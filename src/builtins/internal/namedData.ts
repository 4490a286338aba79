import * as v from 'valibot'
import { OptionError } from '../../dsl/Options.js'

/** Data that the model is looked at with: their name, several names, or the data themselves by name. */
export type NamedData = string | ReadonlyArray<string> | Readonly<Record<string, unknown>>

export const dataNames = v.union(
  [v.string(), v.array(v.string()), v.record(v.string(), v.unknown())],
  'must be the name of data, a list of names, or data by name',
)

/** What the numbers of some data begin with. */
export const prefixed = (prefix: string, name: string): string => prefix.replaceAll('{name}', name)

/** An array is data themselves, or a list of names: valibot also takes one for a record, with its indices for names. */
export const refuseUnnamed = (by: string, options: object): void => {
  const { data } = options as { readonly data?: NamedData }
  if (!Array.isArray(data) || data.every((name) => typeof name === 'string')) return
  const message = 'a list must be of names; to measure on data themselves, give the data a name: { holdout: [x, y] }'
  throw new OptionError([{ path: `${by}.data`, message }])
}

/** Some data: their name, and where they are from, if they came along. */
export interface DataSource {
  readonly name: string
  readonly source?: () => unknown
}

/** The data, each under its name, with a source where they came along; throws where there are none. */
export const sourcesOf = (by: string, data: NamedData): ReadonlyArray<DataSource> => {
  const list: ReadonlyArray<DataSource> =
    typeof data === 'string'
      ? [{ name: data }]
      : Array.isArray(data)
        ? (data as ReadonlyArray<string>).map((name) => ({ name }))
        : Object.entries(data).map(([name, given]) => ({ name, source: () => given }))
  if (list.length === 0) throw new OptionError([{ path: `${by}.data`, message: 'must name some data' }])
  return list
}
