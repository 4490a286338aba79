import type { Json } from '../../dsl/Json.js'
import { concatAll, partsOf, type Policy } from '../../dsl/Policy.js'

/** A policy that takes part in a sweep. */
export interface Candidate {
  /** the settings in one line, or whatever it is called */
  readonly name: string
  /** what sets it apart from the others, by the grid's paths */
  readonly settings: Readonly<Record<string, Json>>
  readonly policy: Policy<never>
}

/**
 * A policy in its parts, which are joined when somebody asks: most sweeps never do, and joining takes longer than all of its
 * runs together.
 */
export interface Assembly {
  readonly parts: ReadonlyArray<Policy<never>>
  /** false: the only part is the policy itself */
  readonly joined: boolean
  readonly policy: () => Policy<never>
}

export const assembly = (parts: ReadonlyArray<Policy<never>>, joined: boolean): Assembly => {
  let made = joined ? undefined : parts[0]
  return { parts, joined, policy: () => (made ??= concatAll(parts)) }
}

/** A candidate's own parts. */
const Own: unique symbol = Symbol('assembly')

interface Made extends Candidate {
  readonly [Own]: Assembly
}

/** A candidate whose policy is made when it is first looked at. */
export const makeCandidate = (name: string, settings: Candidate['settings'], own: Assembly): Candidate => {
  const made: Made = {
    name,
    settings,
    get policy() {
      return own.policy()
    },
    [Own]: own,
  }
  return made
}

/** Whether that is a candidate that `makeCandidate` made. */
export const assembled = (x: object | null | undefined): x is Candidate =>
  typeof x === 'object' && x !== null && Own in x

export const assemblyOf = (candidate: Candidate): Assembly => {
  if (Own in candidate) return (candidate as Made)[Own]
  const { policy } = candidate
  return { parts: partsOf(policy), joined: policy.spec.kind === 'all', policy: () => policy }
}

/** The parts of all of them, each once. */
export const distinctParts = (candidates: ReadonlyArray<Candidate>): ReadonlySet<Policy<never>> => {
  const parts = new Set<Policy<never>>()
  for (const candidate of candidates) for (const part of assemblyOf(candidate).parts) parts.add(part)
  return parts
}
