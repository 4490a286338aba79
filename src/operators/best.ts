import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import { mode, parse } from '../dsl/Options.js'
import { derive, type Signal } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'
import { metricsOf, resolveDirection } from './internal/progress.js'
import type { Direction } from '../dsl/Metrics.js'
import * as v from 'valibot'

const schema = v.strictObject({ mode })

/**
 * The best value so far. `mode` 'auto' knows the common metrics' direction and refuses to guess others'. NaN is never best;
 * nothing comes out before the first number.
 * @category signals
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { best, monitor } from 'rxfit'
 * import { values } from 'rxfit/testing'
 * values(pipe(monitor('loss'), best()), [{ loss: 2 }, { loss: 3 }, { loss: 1 }]) // => [2, 2, 1]
 */
export const best =
  (direction: Direction | 'auto' = 'auto') =>
  <M extends string>(signal: Signal<M>): Signal<M> => {
    const goal = resolveDirection('best', parse('best', schema, { mode: direction }).mode, metricsOf(signal.spec))
    return derive(
      around('best', { mode: direction }, [signal.spec]),
      signal,
      null as JsonNumber | null,
      (state, x) => {
        const so = state === null ? x : decodeNumber(state)
        const next = Number.isNaN(x) ? so : goal === 'min' ? Math.min(so, x) : Math.max(so, x)
        return Number.isNaN(next) ? [undefined, state] : [next, encodeNumber(next)]
      },
      (state) => ({ why: { best: state === null ? null : decodeNumber(state) } }),
    )
  }
