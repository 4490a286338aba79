import type { Spec } from '../../dsl/Spec.js'

/** Data by name, where a policy has them with it. */
export type Brought = Readonly<Record<string, () => unknown>>

/** A spec is JSON and can't hold data: those of a policy made in code are found by its spec, as long as it is the very same. */
const known = new WeakMap<Spec, Brought>()

/** Notes what data the policy with that spec has with it; gives the spec. */
export const bringing = (spec: Spec, data: Brought): Spec => {
  known.set(spec, data)
  return spec
}

/** The data that the policy with that spec has with it; none where it was read from JSON. */
export const broughtBy = (spec: Spec): Brought => known.get(spec) ?? {}
