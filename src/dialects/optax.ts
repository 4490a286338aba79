import * as v from 'valibot'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import { OptionError, atLeast, count, positive, within, finite } from '../dsl/Options.js'
import { atEpochEnds, form, watch, type CutVerdict, type Dialect } from './Dialect.js'
import { beating, counted, waiting } from '../operators/internal/words.js'
import { watching } from './keras/words.js'

type State = {
  readonly best: JsonNumber
  readonly bestEpoch: number | null
  readonly wait: number
  readonly cooldown: number
  /** product of all cuts */
  readonly scale: number
  /** values since the last one that was judged, and their mean */
  readonly count: number
  readonly mean: JsonNumber
}

const f = Math.fround

/**
 * Optax' contrib.reduce_on_plateau: a factor on the updates, computed in float32. It cuts when the count of bad values equals
 * the patience, so with 0 it cuts on each improvement and never on a plateau. Only falling metrics.
 */
const plateau = form(
  {
    ...watching,
    factor: v.optional(finite, 0.1),
    patience: v.optional(count, 10),
    rtol: v.optional(within(0, 1), 1e-4),
    atol: v.optional(atLeast(0), 0),
    cooldown: v.optional(count, 0),
    accumulationSize: v.optional(positive, 1),
    minScale: v.optional(atLeast(0), 0),
  },
  (o) => {
    const problems = [
      ...(o.factor > 0 && o.factor < 1
        ? []
        : [{ path: 'reduceLROnPlateau.factor', message: `must be above 0 and below 1, got ${o.factor}` }]),
      ...(o.rtol === 0 && o.atol === 0
        ? [{ path: 'reduceLROnPlateau.rtol', message: 'rtol or atol must be above 0' }]
        : []),
    ]
    if (problems.length > 0) throw new OptionError(problems)
    const missing = o.onMissing ?? 'error'
    // the tolerances are Python floats until they meet an array
    const [keep, less, factor, least] = [f(1 - o.rtol), f(o.atol), f(o.factor), f(o.minScale)]

    const accumulate = (state: State, value: number): State => {
      const count = state.count + 1
      const mean = f(f(f(state.count * decodeNumber(state.mean)) + f(value)) / count)
      return { ...state, count, mean: encodeNumber(mean) }
    }

    const judge = (state: State, epoch: number): State => {
      const mean = decodeNumber(state.mean)
      const improved = mean < f(f(keep * decodeNumber(state.best)) - less)
      const counted = improved ? 0 : state.wait + 1
      const fresh = { count: 0, mean: 0, ...(improved && { best: state.mean, bestEpoch: epoch }) }
      if (state.cooldown > 0) return { ...state, ...fresh, wait: 0, cooldown: state.cooldown - 1 }
      const due = counted === o.patience
      return {
        ...state,
        ...fresh,
        wait: due ? 0 : counted,
        cooldown: due ? o.cooldown : 0,
        scale: Math.max(due ? f(state.scale * factor) : state.scale, least),
      }
    }

    const inspect = ({ best, bestEpoch, wait, cooldown, scale }: State) => ({
      best: decodeNumber(best),
      bestEpoch,
      wait,
      patience: o.patience,
      cooldown,
      scale,
    })
    const init: State = { best: 'Infinity', bestEpoch: null, wait: 0, cooldown: 0, scale: 1, count: 0, mean: 0 }
    return {
      init,
      inspect,
      ...watch(o.monitor, 'min', {
        // with a patience of 0 it cuts on improvements
        wait: o.patience === 0 ? null : o.patience * o.accumulationSize,
        delta: o.atol === 0 ? { kind: 'fraction', value: o.rtol } : { kind: 'difference', value: o.atol },
      }),
      needs: ({ best, wait, cooldown }: State) => {
        if (cooldown > 0) return `rests for ${counted(cooldown, 'more value')}`
        const limit = f(f(keep * decodeNumber(best)) - less)
        return waiting(wait, o.patience, `${o.monitor} ${beating('min', 0)(limit)}`)
      },
      ...atEpochEnds(o.monitor, missing, (state: State, value, event): readonly [CutVerdict | null, State] => {
        const seen = accumulate(state, value)
        const next = seen.count === o.accumulationSize ? judge(seen, event.epoch) : seen
        if (next.scale === state.scale) return [null, next]
        // a scale that fell to 0 stays there
        const change = state.scale === 0 ? 0 : next.scale / state.scale
        return [{ factor: change, min: 0, why: { observed: value, ...inspect(next) } }, next]
      }),
    }
  },
)

/** optax 0.2.5 to the letter, which has plateaus only; its schedules are schedules (`optax`). */
export const optax: Dialect = { name: 'optax', float32: false, reduceLROnPlateau: plateau }
