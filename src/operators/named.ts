import { none } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { keepPermissions } from '../dsl/Permissions.js'
import { make, type Policy } from '../dsl/Policy.js'
import { around } from '../dsl/Spec.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { parse, text } from '../dsl/Options.js'
import { argument } from './internal/parts.js'
import * as v from 'valibot'

const schema = v.strictObject({ name: text })

/**
 * Gives a policy a name of its own: decisions, records and errors say it.
 * @category policies
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { emit, everyN, log, named } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * commands(pipe(everyN(1), emit(log('hi')), named('greeter')), [{}])[0]?.by // => 'greeter'
 */
export const named =
  (name: string) =>
  <M extends string>(policy: Policy<M>): Policy<M> => {
    parse('named', schema, { name })
    argument('named', 0, policy, 'policy')
    return make<M>(
      Machine.madeOf<Machine.State, TrainingEvent<M>>((state) => [{ machine: policy, state }])(
        Machine.make(around('named', { name }, [policy.spec]), policy.init, (state, event: TrainingEvent<M>) => {
          const [commands, next] = policy.step(state, event)
          return [
            commands.length === 0
              ? none
              : commands.map((command) => keepPermissions(command, { ...command, by: name })),
            next,
          ]
        }),
      ),
    )
  }
