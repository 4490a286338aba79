import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import { OptionError, flag, parse, within } from '../dsl/Options.js'
import { derive, type Signal } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'
import * as v from 'valibot'

const schema = v.strictObject({ decay: within(0, 1), debias: v.optional(flag, false) })

/**
 * Exponential moving average: `y = decay * y + (1 - decay) * x`, starting at the first value. `decay` is between 0 (no
 * smoothing) and 1. With `debias` it starts at 0 and is divided by `1 - decay^n`, as Adam's moments and TensorBoard's
 * smoothing are. A value that is not finite is passed on and not remembered.
 * @category signals
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { ema, monitor } from 'rxfit'
 * import { values } from 'rxfit/testing'
 * values(pipe(monitor('loss'), ema(0.5)), [{ loss: 1 }, { loss: 0 }, { loss: 1 }]) // => [1, 0.5, 0.75]
 */
export const ema =
  (decay: number, options: { readonly debias?: boolean } = {}) =>
  <M extends string>(signal: Signal<M>): Signal<M> => {
    const { debias } = parse('ema', schema, { decay, ...options })
    if (debias && decay === 1)
      throw new OptionError([{ path: 'ema.decay', message: 'must be below 1 with debias, got 1' }])
    const spec = around('ema', { decay, ...options }, [signal.spec])
    return derive(
      spec,
      signal,
      { mean: null as JsonNumber | null, n: 0 },
      (state, x) => {
        if (!Number.isFinite(x)) return [x, state]
        const before = state.mean === null ? (debias ? 0 : x) : decodeNumber(state.mean)
        const mean = decay * before + (1 - decay) * x
        const n = state.n + 1
        return [debias ? mean / (1 - decay ** n) : mean, { mean: encodeNumber(mean), n }]
      },
      ({ mean, n }) => ({ why: { mean: mean === null ? null : decodeNumber(mean), n } }),
    )
  }
