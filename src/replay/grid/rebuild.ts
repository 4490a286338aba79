import * as E from 'fp-ts/lib/Either.js'
import { fromSpec } from '../../builtins/fromSpec.js'
import type { Json } from '../../dsl/Json.js'
import { concatAll, type Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'

/** Names of the functions inside: JSON has only those. */
export const functionsIn = (json: unknown): ReadonlyArray<string> => {
  if (typeof json !== 'object' || json === null) return []
  const name = '$function' in json ? json.$function : undefined
  return typeof name === 'string' ? [name] : Object.values(json).flatMap(functionsIn)
}

/** What of a spec decides what it does; the rest follows from it. */
const essence = ({ kind, options, children }: Spec): Json => ({
  kind,
  ...(options && { options }),
  ...(children && { children: children.map(essence) }),
})

/**
 * Makes policies of specs again, each distinct part of an `all` once: the policies of a grid have most of their parts in
 * common. Throws the `SpecError` of what can't be made.
 */
export const rebuilder = () => {
  const made = new Map<string, Policy<never>>()
  const part = (spec: Spec): Policy<never> => {
    const json = essence(spec)
    const key = JSON.stringify(json)
    const known = made.get(key)
    if (known) return known
    const policy = fromSpec(json)
    if (E.isLeft(policy)) throw policy.left
    made.set(key, policy.right as Policy<never>)
    return policy.right as Policy<never>
  }
  return (spec: Spec): Policy<never> => (spec.kind === 'all' ? concatAll((spec.children ?? []).map(part)) : part(spec))
}
