import type { Located, Place } from './json.js'

type Fields = Readonly<Record<string, unknown>>

const isObject = (x: unknown): x is Fields => typeof x === 'object' && x !== null && !Array.isArray(x)

/** What is left of a path behind a name it begins with; undefined where it begins with another. */
const behind = (path: string, name: string): string | undefined => {
  const rest = path.replace(/^\./, '')
  return rest.startsWith(name) && /^([.[]|$)/.test(rest.slice(name.length)) ? rest.slice(name.length) : undefined
}

/**
 * Where in the JSON the part is that a path of `fromSpec` or `lint` names: such paths name kinds, where the JSON may have
 * `kind` and `options`. Of a path that leads nowhere, as far as it leads.
 */
const inJson = (value: unknown, path: string, at = ''): string => {
  if (path === '') return at
  const [bracket, index] = /^\[(\d+)\]/.exec(path) ?? []
  if (bracket !== undefined) {
    const rest = path.slice(bracket.length)
    if (Array.isArray(value)) return Number(index) in value ? inJson(value[Number(index)], rest, at + bracket) : at
    return isObject(value) && value['kind'] === 'all' ? inJson(value['children'], path, `${at}.children`) : at
  }
  if (!isObject(value)) return at
  const inner = typeof value['kind'] === 'string' ? behind(path, value['kind']) : undefined
  if (inner !== undefined) {
    const { options } = value
    const named = isObject(options) && Object.keys(options).some((name) => behind(inner, name) !== undefined)
    return named ? inJson(options, inner, `${at}.options`) : inJson({ ...value, kind: undefined }, inner, at)
  }
  // names may hold dots: `torch.stepLR`
  const key = Object.keys(value).find((name) => behind(path, name) !== undefined)
  return key === undefined ? at : inJson(value[key], behind(path, key) as string, `${at}.${key}`)
}

/** The place of a part in a callbacks file, by the path that errors and findings give. */
export const placeIn =
  ({ value, placeOf }: Located) =>
  (path: string): Place =>
    placeOf(inJson(value, path).replace(/^\./, ''))
