import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import { flag, oneOf, parse, positive } from '../dsl/Options.js'
import { derive, type Signal } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'
import { counted } from './internal/words.js'
import * as v from 'valibot'

const mean = (xs: ReadonlyArray<number>): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

/** NaN if any is NaN: sorting would hide it. */
const median = (xs: ReadonlyArray<number>): number => {
  if (xs.some(Number.isNaN)) return NaN
  const sorted = [...xs].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Least-squares slope against 0, 1, 2 …; 0 for a single value. */
const slope = (xs: ReadonlyArray<number>): number => {
  if (xs.length === 1) return 0
  const centre = (xs.length - 1) / 2
  const average = mean(xs)
  const over = xs.reduce((sum, x, i) => sum + (i - centre) * (x - average), 0)
  const under = xs.reduce((sum, _, i) => sum + (i - centre) ** 2, 0)
  return over / under
}

/** Standard deviation of what is there, not of what it may be a sample of: as NumPy has it. */
const std = (xs: ReadonlyArray<number>): number => {
  const average = mean(xs)
  return Math.sqrt(mean(xs.map((x) => (x - average) ** 2)))
}

const summaries = {
  mean,
  median,
  min: (xs: ReadonlyArray<number>) => Math.min(...xs),
  max: (xs: ReadonlyArray<number>) => Math.max(...xs),
  slope,
  std,
}

export type WindowSummary = keyof typeof summaries

const schema = v.strictObject({
  size: positive,
  summary: oneOf('mean', 'median', 'min', 'max', 'slope', 'std'),
  partial: v.optional(flag, false),
})

/**
 * A summary of the last `size` values (1 or more): mean, median, min, max, least-squares slope per step, or standard deviation.
 * Nothing comes out before the window is full, unless `partial`. Ray Tune's plateau is a small deviation:
 * `and(whenBelow(window(4, 'std')(monitor('loss')), 0.01), after(4))`.
 * @category signals
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { monitor, window } from 'rxfit'
 * import { values } from 'rxfit/testing'
 * const rows = [{ loss: 4 }, { loss: 2 }, { loss: 0 }]
 * values(pipe(monitor('loss'), window(2, 'mean')), rows) // => [3, 1]
 * values(pipe(monitor('loss'), window(3, 'slope')), rows) // => [-2]
 */
export const window =
  (size: number, summary: WindowSummary = 'mean', options: { readonly partial?: boolean } = {}) =>
  <M extends string>(signal: Signal<M>): Signal<M> => {
    const { partial } = parse('window', schema, { size, summary, ...options })
    const spec = around('window', { size, summary, ...options }, [signal.spec])
    return derive(
      spec,
      signal,
      [] as ReadonlyArray<JsonNumber>,
      (state, x) => {
        const last = [...state, encodeNumber(x)].slice(-size)
        return [last.length < size && !partial ? undefined : summaries[summary](last.map(decodeNumber)), last]
      },
      (last) => ({
        why: { held: last.length, size },
        ...(last.length < size && !partial && { needs: counted(size - last.length, 'more value') }),
      }),
    )
  }
