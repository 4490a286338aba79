import type { Json } from '../../dsl/Json.js'
import type { Policy } from '../../dsl/Policy.js'

/** A policy that takes part in a sweep. */
export interface Candidate {
  /** the settings in one line, or whatever it is called */
  readonly name: string
  /** what sets it apart from the others, by the grid's paths */
  readonly settings: Readonly<Record<string, Json>>
  readonly policy: Policy<never>
}
