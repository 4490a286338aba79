import type { Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'
import { rebuilder } from '../grid/rebuild.js'
import { assembly, assemblyOf, type Assembly, type Candidate } from '../sweep/Candidate.js'
import type { Cells } from '../sweep/Cells.js'
import type { Task } from '../sweep/fill.js'
import type { PackedLog } from '../sweep/PackedLog.js'

/** Policies as data: the distinct parts, and which of them each policy is made of. */
export interface PackedPolicies {
  readonly parts: ReadonlyArray<Spec>
  /** numbers of the parts, one policy behind another; policy i has those from `from[i]` to `from[i + 1]` */
  readonly members: Int32Array
  readonly from: Int32Array
  /** 1: an `all` of its parts; 0: the part itself */
  readonly joined: Uint8Array
}

/** What a worker is given. Its numbers are in memory that all workers share. */
export interface Work {
  readonly policies: PackedPolicies
  readonly logs: ReadonlyArray<PackedLog>
  readonly cells: Cells
  readonly task: Task
  /** the first candidate that nobody has taken yet */
  readonly next: Int32Array
}

/** What a worker says of a policy that failed. */
export interface Failure {
  readonly candidate: number
  readonly run: number
  readonly message: string
}

export const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes)

export const packPolicies = (candidates: ReadonlyArray<Candidate>): PackedPolicies => {
  const numbers = new Map<Policy<never>, number>()
  const numberOf = (part: Policy<never>): number => {
    const number = numbers.get(part) ?? numbers.size
    numbers.set(part, number)
    return number
  }
  const members = candidates.map((candidate) => assemblyOf(candidate).parts.map(numberOf))
  const from = new Int32Array(shared(4 * (candidates.length + 1)))
  members.forEach((parts, i) => (from[i + 1] = (from[i] as number) + parts.length))
  const flat = new Int32Array(shared(4 * (from.at(-1) as number)))
  flat.set(members.flat())
  const joined = new Uint8Array(shared(candidates.length))
  candidates.forEach((candidate, i) => (joined[i] = assemblyOf(candidate).joined ? 1 : 0))
  return { parts: [...numbers.keys()].map(({ spec }) => spec), members: flat, from, joined }
}

/** Puts a policy together again, by its position. */
export const assembler = ({ parts, members, from, joined }: PackedPolicies): ((i: number) => Assembly) => {
  const rebuild = rebuilder()
  const made: Array<Policy<never> | undefined> = []
  const part = (number: number): Policy<never> => (made[number] ??= rebuild(parts[number] as Spec))
  return (i) => assembly(Array.from(members.subarray(from[i], from[i + 1]), part), joined[i] === 1)
}
