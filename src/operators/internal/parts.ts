import { TypeId as EnricherId } from '../../dsl/Enricher.js'
import { encodeJson } from '../../dsl/Json.js'
import { OptionError } from '../../dsl/Options.js'
import { isPolicy } from '../../dsl/Policy.js'
import { isSchedule } from '../../dsl/Schedule.js'
import { isSignal } from '../../dsl/Signal.js'
import type { Spec } from '../../dsl/Spec.js'
import { isTrigger } from '../../dsl/Trigger.js'

/** What a part of a pipeline can be. */
export type Sort = 'policy' | 'trigger' | 'signal' | 'enricher' | 'schedule'

/** Which of them a value is; undefined where it is none. */
export const sortOf = (x: unknown): Sort | undefined => {
  if (isPolicy(x)) return 'policy'
  if (isTrigger(x)) return 'trigger'
  if (isSignal(x)) return 'signal'
  if (isSchedule(x)) return 'schedule'
  return typeof x === 'function' && EnricherId in x ? 'enricher' : undefined
}

/** `a trigger`, `an enricher`, `a policy or a signal`. */
export const oneOfSorts = (sorts: ReadonlyArray<Sort>): string =>
  sorts.map((sort) => (sort === 'enricher' ? `an ${sort}` : `a ${sort}`)).join(' or ')

const isPromise = (x: object): boolean => typeof (x as { readonly then?: unknown }).then === 'function'

/** What a value is, in a few words, for messages. */
export const shown = (x: unknown): string => {
  if (x === undefined) return 'nothing'
  const sort = sortOf(x)
  if (sort) return `the ${sort} '${(x as { readonly spec: Spec }).spec.kind}'`
  if (typeof x === 'function') return 'a function'
  if (typeof x === 'bigint') return `the BigInt ${x.toString()}`
  if (typeof x === 'symbol') return 'a symbol'
  if (typeof x === 'number') return String(x)
  if (typeof x === 'object' && x !== null && isPromise(x)) return 'a promise'
  try {
    const text = JSON.stringify(encodeJson(x))
    return text.length > 80 ? `${text.slice(0, 77)}…` : text
  } catch {
    return 'an object' // one that holds itself
  }
}

/** Throws where an argument isn't one of these. */
export const argument = (at: string, i: number, x: unknown, ...sorts: ReadonlyArray<Sort>): void => {
  const sort = sortOf(x)
  if (sort && sorts.includes(sort)) return
  throw new OptionError([{ path: at, message: `argument ${i} is not ${oneOfSorts(sorts)}, got ${shown(x)}` }])
}

/** Throws where one of these arguments isn't a part of that sort. */
export const eachArgument = (at: string, xs: ReadonlyArray<unknown>, sort: Sort): void => {
  xs.forEach((x, i) => {
    argument(at, i, x, sort)
  })
}
