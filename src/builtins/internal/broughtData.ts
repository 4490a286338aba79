import type { Spec } from '../../dsl/Spec.js'
import type { DataSource } from './namedData.js'

/** A spec is JSON and can't hold data: those of a policy made in code are found by its spec, as long as it is the very same. */
const known = new WeakMap<Spec, ReadonlyMap<string, () => unknown>>()

/** Notes what data the policy with that spec has with it; gives the spec. */
export const bringing = (spec: Spec, sources: ReadonlyArray<DataSource>): Spec => {
  known.set(spec, new Map(sources.flatMap(({ name, source }) => (source ? [[name, source] as const] : []))))
  return spec
}

/** The data of that name that the policy with that spec has with it, or others: so where it was read from JSON. */
export const broughtBy = <A>(spec: Spec, name: string, others: (name: string) => A): unknown =>
  (known.get(spec)?.get(name) ?? (() => others(name)))()
