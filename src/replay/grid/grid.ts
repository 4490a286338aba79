import type { Json } from '../../dsl/Json.js'
import { OptionError, type Problem } from '../../dsl/Options.js'
import { concatAll, partsOf, toSpec, type Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'
import { assembly, makeCandidate, type Assembly, type Candidate } from '../sweep/Candidate.js'
import { seeded } from '../sweep/random.js'
import { findPlace, PlaceError, setPlace, type Place } from './place.js'
import { functionsIn, rebuilder } from './rebuild.js'
import { drawn, listed, readValues, ValuesError, type Values } from './values.js'

export interface GridOptions {
  /** so many settings drawn at random, rather than all combinations; a whole number from 1 */
  readonly random?: number
  /** a whole number from 0: the same seed draws the same settings. Default 0 */
  readonly seed?: number
}

/** What a grid varies: paths to options, and what each is to be: `'1..20'`, `'0,1e-4,1e-3'`, or a list. */
export type Dimensions = Readonly<Record<string, string | ReadonlyArray<Json>>>

interface Dimension {
  readonly path: string
  readonly text: string
  readonly place: Place
  readonly values: Values
}

/** More policies than this are a mistyped range, and would fill the memory. */
const most = 200_000

const refuse = (problems: ReadonlyArray<Problem>): never => {
  throw new OptionError(problems)
}

const dimensionsOf = (base: Spec, given: Dimensions): ReadonlyArray<Dimension> => {
  const problems: Array<Problem> = []
  const dimensions = Object.entries(given).flatMap(([path, values]): ReadonlyArray<Dimension> => {
    try {
      const place = findPlace(base, path)
      if (typeof values === 'string') return [{ path, text: values, place, values: readValues(values) }]
      if (values.length === 0) throw new ValuesError('must have at least one value, got an empty list')
      return [{ path, text: JSON.stringify(values), place, values: { _tag: 'list', values } }]
    } catch (error) {
      if (!(error instanceof PlaceError || error instanceof ValuesError)) throw error
      problems.push({ path: error instanceof PlaceError ? 'grid' : `grid ${path}`, message: error.message })
      return []
    }
  })
  if (problems.length > 0) refuse(problems)
  const seen = new Map<string, string>()
  for (const { path, place } of dimensions) {
    const key = JSON.stringify(place)
    const twin = seen.get(key)
    if (twin !== undefined) refuse([{ path: `grid ${path}`, message: `means the same option as '${twin}'` }])
    seen.set(key, path)
  }
  if (dimensions.length === 0) refuse([{ path: 'grid', message: 'nothing is varied: name at least one option' }])
  return dimensions
}

/** All combinations; the last dimension changes fastest. */
const combinations = (dimensions: ReadonlyArray<Dimension>): ReadonlyArray<ReadonlyArray<Json>> => {
  const lists = dimensions.map(({ path, text, values }) => {
    try {
      return listed(text, values)
    } catch (error) {
      if (!(error instanceof ValuesError)) throw error
      return refuse([{ path: `grid ${path}`, message: error.message }])
    }
  })
  const count = lists.reduce((product, list) => product * list.length, 1)
  if (count > most)
    refuse([
      {
        path: 'grid',
        message: `${lists.map((list) => list.length).join(' × ')} are ${count} policies, and no more than ${most} are made: a random search (random: 1000, or --random 1000) draws some of them`,
      },
    ])
  return lists.reduce<ReadonlyArray<ReadonlyArray<Json>>>(
    (rows, list) => rows.flatMap((row) => list.map((value) => [...row, value])),
    [[]],
  )
}

const draws = (
  dimensions: ReadonlyArray<Dimension>,
  count: number,
  seed: number,
): ReadonlyArray<ReadonlyArray<Json>> => {
  const random = seeded(seed)
  return Array.from({ length: count }, () => dimensions.map(({ values }) => drawn(values, random)))
}

const whole = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least

const show = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value))

/**
 * The policies that a policy becomes when some of its options take other values: all combinations, or as many as `random`
 * says. A path names a callback and its option (`earlyStopping.patience`), down through parts inside parts
 * (`emit.whenPlateau.patience`), with a position where there are several (`[2].earlyStopping.patience`, from 0). Values are a
 * list, or a text: `'1,2,5'`, `'1..20'`, `'1..20..2'` (by steps), `'1e-5..1e-1*10'` (by factors); a random search also draws
 * from `'0.1..0.5'` and `'1e-5..1e-1*'` (each power of ten as likely).
 *
 * Throws an `OptionError` with all that is wrong: a path that leads nowhere (with the nearest name), values that an option
 * can't have, a part that holds a function and so can't be made anew.
 * @category replay
 * @example
 * import { all, earlyStopping, reduceLROnPlateau } from 'rxfit'
 * import { grid } from 'rxfit/replay'
 * const base = all(earlyStopping({ restoreBestWeights: true }), reduceLROnPlateau({ factor: 0.5 }))
 * const policies = grid(base, { 'earlyStopping.patience': '2..4', 'reduceLROnPlateau.patience': [1, 2] })
 * policies.length // => 6
 * policies[0].name // => 'earlyStopping.patience=2 reduceLROnPlateau.patience=1'
 * grid(base, { 'earlyStopping.minDelta': '1e-5..1e-1*' }, { random: 3, seed: 1 }).length // => 3
 */
export const grid = <M extends string>(
  policy: Policy<M>,
  varied: Dimensions,
  { random, seed = 0 }: GridOptions = {},
): ReadonlyArray<Candidate> => {
  const base = policy as unknown as Policy<never>
  if (random !== undefined && !(whole(random, 1) && random <= most))
    refuse([{ path: 'grid.random', message: `must be a whole number from 1 to ${most}, got ${random}` }])
  if (!whole(seed, 0)) refuse([{ path: 'grid.seed', message: `must be a whole number from 0, got ${seed}` }])
  // an `all` within an `all` is one list
  const parts = partsOf(base)
  const flat = base.spec.kind === 'all' ? toSpec(concatAll(parts)) : toSpec(base)
  const dimensions = dimensionsOf(flat, varied)
  const problems = dimensions.flatMap(({ path, place }) => {
    const part = flat.kind === 'all' ? (flat.children ?? [])[place.children[0] ?? 0] : flat
    const [name] = functionsIn(part)
    return part === undefined || name === undefined
      ? []
      : [
          {
            path: `grid ${path}`,
            message: `'${part.kind}' holds a function (${name}), so it can't be made anew with other options: make these policies in code, and give them to sweep as a list`,
          },
        ]
  })
  if (problems.length > 0) refuse(problems)

  const rebuild = rebuilder()
  /** Makes one part of the base with its own dimensions set; many rows have it in common. */
  const maker = (part: Spec, own: ReadonlyArray<number>, placeOf: (place: Place) => Place) => {
    const made = new Map<string, Policy<never>>()
    return (row: ReadonlyArray<Json>): Policy<never> => {
      let key = ''
      for (const d of own) key += `${JSON.stringify(row[d])},`
      const known = made.get(key)
      if (known) return known
      const spec = own.reduce((now, d) => {
        const { path, place } = dimensions[d] as Dimension
        return setPlace(now, path, placeOf(place), row[d] as Json)
      }, part)
      const policy = rebuild(spec)
      made.set(key, policy)
      return policy
    }
  }
  const numbers = dimensions.map((_, d) => d)
  const makers = (flat.children ?? []).map((child, i) => {
    const own = numbers.filter((d) => dimensions[d]?.place.children[0] === i)
    // parts that stay as they are need not be made anew, and may hold functions
    if (own.length === 0) return () => parts[i] as Policy<never>
    return maker(child, own, ({ children, keys }) => ({ children: children.slice(1), keys }))
  })
  const alone = maker(flat, numbers, (place) => place)
  const make = (row: ReadonlyArray<Json>): Assembly =>
    flat.kind === 'all'
      ? assembly(
          makers.map((one) => one(row)),
          true,
        )
      : assembly([alone(row)], false)
  return (random === undefined ? combinations(dimensions) : draws(dimensions, random, seed)).map((row): Candidate => {
    const settings: Record<string, Json> = {}
    let name = ''
    dimensions.forEach(({ path }, d) => {
      const value = row[d] as Json
      settings[path] = value
      name += `${d > 0 ? ' ' : ''}${path}=${show(value)}`
    })
    try {
      return makeCandidate(name, settings, make(row))
    } catch (error) {
      if (error instanceof PlaceError) return refuse([{ path: 'grid', message: error.message }])
      if (!(error instanceof OptionError)) throw error
      return refuse(
        error.problems.map(({ path, message }) => ({ path: `grid ${name}`, message: `${path}: ${message}` })),
      )
    }
  })
}
