import { count, oneOf, parse } from '../dsl/Options.js'
import * as Machine from '../dsl/Machine.js'
import { around } from '../dsl/Spec.js'
import { completed, type Count, type TrainingEvent } from '../dsl/TrainingEvent.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import * as v from 'valibot'

type State = { readonly inner: Machine.State; readonly until: number }

const schema = v.strictObject({ n: count, unit: v.optional(oneOf('epochs', 'batches'), 'epochs') })

/**
 * Lets a trigger fire, then mutes it for n epochs (default) or batches. The trigger goes on counting while it is muted.
 * @category triggers
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { cooldown, whenAbove } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * const rows = [{ loss: 1 }, { loss: 1 }, { loss: 1 }, { loss: 1 }]
 * firings(pipe(whenAbove('loss', 0), cooldown(2)), rows) // => [0, 3]
 */
export const cooldown =
  (n: number, unit: Count = 'epochs') =>
  <M extends string>(trigger: Trigger<M>): Trigger<M> => {
    parse('cooldown', schema, { n, unit })
    return make<M>(
      Machine.madeOf<State, TrainingEvent<M>>(({ inner }) => [{ machine: trigger, state: inner }])(
        Machine.make(
          around('cooldown', { n, unit }, [trigger.spec]),
          { inner: trigger.init, until: 0 },
          (state, event: TrainingEvent<M>): readonly [Firing, State] => {
            const [firing, inner] = trigger.step(state.inner, event)
            const now = completed(event, unit)
            if (firing === undefined || now < state.until)
              return [undefined, inner === state.inner ? state : { ...state, inner }]
            return [firing, { inner, until: n === 0 ? 0 : now + n + 1 }]
          },
          ({ until }, event) => {
            const muted = event !== undefined && completed(event, unit) + 1 < until
            return [
              {
                by: 'cooldown',
                why: { n, unit },
                ...(muted && { needs: `muted until ${until} ${unit} are completed` }),
              },
            ]
          },
        ),
      ),
    )
  }
