import { count, parse } from '../dsl/Options.js'
import * as Machine from '../dsl/Machine.js'
import { around } from '../dsl/Spec.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import * as v from 'valibot'

type State = { readonly inner: Machine.State; readonly fired: number }

const schema = v.strictObject({ n: count })

/**
 * Lets a trigger fire n times and no more.
 * @category triggers
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { atMost, everyN } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(pipe(everyN(1), atMost(2)), [{}, {}, {}]) // => [0, 1]
 */
export const atMost =
  (n: number) =>
  <M extends string>(trigger: Trigger<M>): Trigger<M> => {
    parse('atMost', schema, { n })
    return make<M>(
      Machine.madeOf<State, TrainingEvent<M>>(({ inner }) => [{ machine: trigger, state: inner }])(
        Machine.make(
          around('atMost', { n }, [trigger.spec]),
          { inner: trigger.init, fired: 0 },
          (state, event: TrainingEvent<M>): readonly [Firing, State] => {
            const [firing, inner] = trigger.step(state.inner, event)
            if (firing === undefined || state.fired >= n)
              return [undefined, inner === state.inner ? state : { ...state, inner }]
            return [firing, { inner, fired: state.fired + 1 }]
          },
          ({ fired }) => [
            { by: 'atMost', why: { fired, n }, ...(fired >= n && { needs: 'it has fired as often as it may' }) },
          ],
        ),
      ),
    )
  }
