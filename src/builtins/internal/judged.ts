import { none, type Command } from '../../dsl/Command.js'
import * as Machine from '../../dsl/Machine.js'
import { make, type Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import type { Sealed } from '../../dialects/Dialect.js'

/** A policy that does what a framework's judge decides: the judge knows the rules, `obey` the commands. */
export const judged = <M extends string, V>(
  by: string,
  options: Spec['options'],
  judge: Sealed<V>,
  obey: (verdict: V, event: TrainingEvent) => ReadonlyArray<Command>,
  more: Partial<Spec> = {},
): Policy<M> => {
  const { init, step, draft, marker, events, metrics, timed, inspect, needs } = judge
  const ask = (verdict: V | null, event: TrainingEvent): ReadonlyArray<Command> =>
    verdict === null ? none : obey(verdict, event)
  const machine = Machine.make(
    { kind: by, ...(options && { options }), ...(metrics && { metrics }), events, ...(timed && { timed }), ...more },
    init,
    (state, event: TrainingEvent<M>) => {
      const [verdict, next] = step(state, event)
      return [ask(verdict, event), next]
    },
    (state) => [{ by, why: inspect(state), ...(needs && { needs: needs(state) }) }],
    draft &&
      (() => {
        const own = draft.copy(init)
        return { push: (event) => ask(draft.advance(own, event), event), state: () => draft.copy(own) }
      }),
  )
  return make<M>(marker ? { ...machine, marker } : machine)
}
