import { none, type Command } from '../../dsl/Command.js'
import * as Machine from '../../dsl/Machine.js'
import { OptionError, type Problem } from '../../dsl/Options.js'
import { make, type Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'

/** What named callbacks are made of: not in their specs, for it follows from their options. */
const made = new WeakMap<Spec, Spec>()

/** The spec of the operators that a named callback is made of; undefined where it is made of none. */
export const madeOf = (spec: Spec): Spec | undefined => made.get(spec)

/** A named callback that is made of operators: it does what they do, under its own name and options. */
export const composed = <M extends string>(by: string, options: object, policy: Policy<M>): Policy<M> => {
  const { children: _, ...inner } = policy.spec
  const sign = (asked: ReadonlyArray<Command>): ReadonlyArray<Command> =>
    asked.length === 0 ? none : asked.map((command) => ({ ...command, by }))
  // what it is made of stays inside, as in its spec
  const { parts: __, ...machine } = Machine.map(sign)(policy)
  const spec: Spec = { ...inner, kind: by, options: { ...options } }
  made.set(spec, policy.spec)
  return make<M>({
    ...machine,
    spec,
    inspect: (state) => Machine.insights(policy, state).map((insight) => ({ ...insight, by })),
    runner: () => {
      const { push, state } = Machine.start(policy)
      return { push: (event) => sign(push(event)), state }
    },
  })
}

/**
 * What is wrong with the options of a part is wrong with those of the callback that handed them on. `found` is what is wrong
 * with the callback's own: all is said at once.
 */
export const handedOn = <A>(by: string, build: () => A, found: ReadonlyArray<Problem> = []): A => {
  let made: A
  try {
    made = build()
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    const inner = error.problems.map(({ path, message }) => ({ path: path.replace(/^\w+/, by), message }))
    throw new OptionError([...found, ...inner])
  }
  if (found.length > 0) throw new OptionError(found)
  return made
}
