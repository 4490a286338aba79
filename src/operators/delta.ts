import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import { derive, type Signal } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'

/**
 * Change from the value before; nothing at the first.
 * @category signals
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { delta, monitor } from 'rxfit'
 * import { values } from 'rxfit/testing'
 * values(pipe(monitor('loss'), delta()), [{ loss: 4 }, { loss: 3 }, { loss: 3.5 }]) // => [-1, 0.5]
 */
export const delta =
  () =>
  <M extends string>(signal: Signal<M>): Signal<M> =>
    derive(
      around('delta', {}, [signal.spec]),
      signal,
      null as JsonNumber | null,
      (last, x) => [last === null ? undefined : x - decodeNumber(last), encodeNumber(x)],
      (last) => ({
        why: { last: last === null ? null : decodeNumber(last) },
        ...(last === null && { needs: 'a value before' }),
      }),
    )
