import type { Spec } from '../../dsl/Spec.js'
import type { Finding, LintContext, Severity } from './Finding.js'
import { partsIn, policiesIn, type Part } from './parts.js'
import { endsOf, type End } from './spans.js'
import { watchersIn, type Watcher } from './watches.js'

/** The callbacks as rules look at them. */
export interface Subject {
  readonly spec: Spec
  readonly context: LintContext
  /** the policies that act */
  readonly policies: ReadonlyArray<Part>
  /** every part, however deep */
  readonly parts: ReadonlyArray<Part>
  readonly watchers: ReadonlyArray<Watcher>
  readonly ends: ReadonlyArray<End>
}

/** What a rule found; its name and its grounds are the rule's. */
export type Fault = Pick<Finding, 'path' | 'message'> & { readonly severity?: Severity }

export interface Rule {
  readonly name: string
  /** that of its findings, unless they say another */
  readonly severity: Severity
  /** what it looks for, in a few words: the table of docs/lint.md */
  readonly what: string
  /** the `reason` of its findings */
  readonly why: string
  readonly check: (subject: Subject) => ReadonlyArray<Fault>
}

type Anatomy = Pick<Subject, 'policies' | 'parts' | 'watchers'>

/** What doesn't depend on the run, found once: one policy is replayed on many logs. */
const seen = new WeakMap<Spec, Anatomy>()

const look = (spec: Spec): Anatomy => {
  const policies = policiesIn(spec)
  return { policies, parts: partsIn(spec), watchers: policies.flatMap(watchersIn) }
}

export const subjectOf = (spec: Spec, context: LintContext): Subject => {
  const known = seen.get(spec) ?? look(spec)
  seen.set(spec, known)
  return { spec, context, ...known, ends: endsOf(known.policies, context) }
}

/** Every pair of watchers of one thing, going the same way, of which the first does the one and the second the other. */
export const pairs = (
  { watchers }: Subject,
  first: Watcher['acts'],
  second: Watcher['acts'],
): ReadonlyArray<readonly [Watcher, Watcher]> =>
  watchers
    .filter(({ acts }) => acts === first)
    .flatMap((a) =>
      watchers
        .filter((b) => b.acts === second && b.part !== a.part && b.key === a.key && agree(a, b))
        .map((b) => [a, b] as const),
    )

/** A direction that only the model knows may be any. */
const agree = (a: Watcher, b: Watcher): boolean =>
  a.direction === null || b.direction === null || a.direction === b.direction
