import type { Json, JsonObject } from '../../dsl/Json.js'
import { nearest } from '../../dsl/nearest.js'
import type { Spec } from '../../dsl/Spec.js'

/** A path that leads nowhere, or to more than one place. */
export class PlaceError extends Error {
  override readonly name = 'PlaceError'
}

/** Where an option stands in a spec. */
export interface Place {
  /** which child, its child and so on */
  readonly children: ReadonlyArray<number>
  /** keys inside that part's options */
  readonly keys: readonly [string, ...ReadonlyArray<string | number>]
}

const fail = (message: string): never => {
  throw new PlaceError(message)
}

type Step = string | number

/** `[2].emit.commands[0].factor` as names and positions. */
const stepsOf = (path: string): ReadonlyArray<Step> => {
  const steps = [...path.matchAll(/\[(\d+)\]|\.?([^.[\]]+)/g)]
  if (path === '' || steps.map(([whole]) => whole).join('') !== path || path.startsWith('.'))
    fail(`'${path}' is no path: expected a callback and its option, such as earlyStopping.patience`)
  return steps.map(([, index, name]) => (index === undefined ? (name as string) : Number(index)))
}

interface Found {
  readonly part: Spec
  readonly at: ReadonlyArray<number>
}

/** All parts inside, itself first. A schedule in `torch.stepLR` has a dot in its name. */
const inside = (part: Spec, at: ReadonlyArray<number> = []): ReadonlyArray<Found> => [
  { part, at },
  ...(part.children ?? []).flatMap((child, i) => inside(child, [...at, i])),
]

/** The place as a path that names this part only. */
const written = (root: Spec, at: ReadonlyArray<number>): string => {
  let part = root
  const names = at.map((i) => {
    part = (part.children ?? [])[i] as Spec
    return part.kind
  })
  return root.kind === 'all' && at.length > 0 ? `[${at[0]}].${names.join('.')}` : names.join('.')
}

const unknown = (path: string, name: string, within: Spec): never => {
  const kinds = [...new Set(inside(within).map(({ part }) => part.kind))].filter((kind) => kind !== 'all')
  const guess = nearest(name, kinds)
  return fail(
    `'${path}': there is no '${name}'${guess ? ` (did you mean '${guess}'?)` : ''}; there is ${kinds.join(', ') || 'no callback'}`,
  )
}

/** Goes down from a part by the names that stand in the path, and gives what is left: the option. */
const descend = (root: Spec, path: string, steps: ReadonlyArray<Step>, from: Found, named: boolean): Place => {
  const [step, next, ...rest] = steps
  if (step === undefined) return fail(`'${path}' names no option: expected one, as in ${path}.patience`)
  if (typeof step === 'string') {
    // names may hold one dot: 'torch.stepLR'
    const both = typeof next === 'string' ? `${step}.${next}` : undefined
    for (const [kind, left] of [
      [both, rest],
      [step, steps.slice(1)],
    ] as const) {
      const matches = inside(from.part, from.at).filter(
        ({ part, at }) => part.kind === kind && (named ? at.length > from.at.length : true),
      )
      if (kind === undefined || matches.length === 0) continue
      const [index, ...after] = left
      if (typeof index === 'number') {
        const chosen = matches[index]
        if (!chosen)
          return fail(
            `'${path}': there ${matches.length === 1 ? 'is' : 'are'} ${matches.length} '${kind}', counted from 0; got [${index}]`,
          )
        return descend(root, path, after, chosen, true)
      }
      const [only, another] = matches
      if (only && !another) return descend(root, path, left, only, true)
      return fail(
        `'${path}': there are ${matches.length} '${kind}'; say which: ${matches.map(({ at }) => written(root, at)).join(' or ')}`,
      )
    }
    if (named) return { children: from.at, keys: [step, ...steps.slice(1)] }
    return unknown(path, step, from.part)
  }
  return fail(`'${path}': [${step}] stands where a name is expected`)
}

/** Finds the option that a path means: `earlyStopping.patience`, `[2].earlyStopping.patience`, `emit.whenPlateau.patience`. */
export const findPlace = (root: Spec, path: string): Place => {
  const steps = stepsOf(path)
  const [first, ...rest] = steps
  if (typeof first !== 'number') return descend(root, path, steps, { part: root, at: [] }, false)
  const list = root.kind === 'all' ? (root.children ?? []) : [root]
  const part = list[first]
  if (!part)
    return fail(
      `'${path}': there ${list.length === 1 ? 'is 1 callback' : `are ${list.length} callbacks`}, counted from 0; got [${first}]`,
    )
  const at = root.kind === 'all' ? [first] : []
  // `[2].patience` will do, where `[2]` says it all
  const [name, ...more] = rest
  if (typeof name === 'string' && more.length === 0) return { children: at, keys: [name] }
  return descend(root, path, rest, { part, at }, false)
}

const isObject = (x: Json | undefined): x is JsonObject => typeof x === 'object' && x !== null && !Array.isArray(x)

/** Sets a value inside JSON; what the path goes through must be there. */
const setIn = (path: string, json: Json | undefined, keys: ReadonlyArray<string | number>, value: Json): Json => {
  const [key, ...rest] = keys
  if (key === undefined) return value
  if (Array.isArray(json) && typeof key === 'number') {
    const list = json as ReadonlyArray<Json>
    if (key >= list.length) return fail(`'${path}': the list has ${list.length}, counted from 0; got [${key}]`)
    return list.map((item, i) => (i === key ? setIn(path, item, rest, value) : item))
  }
  if (typeof key === 'string' && isObject(json)) return { ...json, [key]: setIn(path, json[key], rest, value) }
  return fail(`'${path}': there is nothing in the callbacks under '${key}'`)
}

/** The spec with that option set. */
export const setPlace = (root: Spec, path: string, { children, keys }: Place, value: Json): Spec => {
  const [child, ...rest] = children
  if (child === undefined) return { ...root, options: setIn(path, root.options ?? {}, keys, value) as JsonObject }
  return {
    ...root,
    children: (root.children ?? []).map((part, i) =>
      i === child ? setPlace(part, path, { children: rest, keys }, value) : part,
    ),
  }
}
