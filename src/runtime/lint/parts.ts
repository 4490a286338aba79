import { madeOf } from '../../builtins/internal/composed.js'
import type { Spec } from '../../dsl/Spec.js'

/** Metrics that enrichers add, each with the place of the one that does: metrics of one name may be different ones. */
export type Provided = ReadonlyMap<string, string>

/** A part of the callbacks, and where it stands. */
export interface Part {
  readonly path: string
  readonly spec: Spec
  readonly provided: Provided
  /** the named callback whose insides these are: nobody wrote them, and they have no place of their own */
  readonly of?: Spec
}

/** The part as its owner wrote it. */
export const written = (part: Part): Spec => part.of ?? part.spec

const providing = ({ path, spec, provided }: Part): Provided =>
  new Map([...provided, ...(spec.children?.[0]?.provides ?? []).map((metric) => [metric, path] as const)])

/** The parts inside one; behind an enricher there are more metrics. */
export const inside = (part: Part): ReadonlyArray<Part> => {
  const { path, spec, provided, of } = part
  const made = madeOf(spec)
  if (made) return [{ path, spec: made, provided, of: of ?? spec }]
  return (spec.children ?? []).map((child, i) => ({
    path: of ? path : `${path}.children[${i}].${child.kind}`,
    spec: child,
    provided: spec.kind === 'enrich' && i === 1 ? providing(part) : provided,
    ...(of && { of }),
  }))
}

/** The whole, or the items of a list: a callbacks file has no other name for those. */
const outermost = (spec: Spec): ReadonlyArray<Part> => {
  const provided: Provided = new Map()
  if (spec.kind !== 'all') return [{ path: spec.kind, spec, provided }]
  return (spec.children ?? []).map((child, i) => ({ path: `[${i}].${child.kind}`, spec: child, provided }))
}

const unwrap = (part: Part): ReadonlyArray<Part> => {
  if (madeOf(part.spec)) return inside(part).flatMap(unwrap)
  switch (part.spec.kind) {
    case 'all':
    case 'named':
      return inside(part).flatMap(unwrap)
    case 'enrich':
      return inside(part).slice(1).flatMap(unwrap)
    default:
      return [part]
  }
}

/** The policies that act: what `all`, `named`, `enrich` and callbacks made of operators are around. */
export const policiesIn = (spec: Spec): ReadonlyArray<Part> => outermost(spec).flatMap(unwrap)

const withInside = (part: Part): ReadonlyArray<Part> => [part, ...inside(part).flatMap(withInside)]

/** Every part, however deep. */
export const partsIn = (spec: Spec): ReadonlyArray<Part> => outermost(spec).flatMap(withInside)

/** Whether there is a function inside, which a spec only names: two such specs may be equal and the parts not. */
export const holdsCode = (spec: unknown): boolean =>
  typeof spec === 'object' &&
  spec !== null &&
  (Object.hasOwn(spec, '$function') || Object.values(spec).some((inner) => holdsCode(inner)))
