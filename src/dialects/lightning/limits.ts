import { worst } from '../Dialect.js'
import type { Direction } from '../../dsl/Metrics.js'

/** What a value alone says, whatever came before it; in Lightning's own names. */
export type Breach = 'NON_FINITE_METRIC' | 'STOPPING_THRESHOLD' | 'DIVERGENCE_THRESHOLD'

export interface Limits {
  readonly mode: Direction
  readonly checkFinite: boolean
  /** stop when the metric is better than this */
  readonly stoppingThreshold: number | null
  /** stop when it is worse than this */
  readonly divergenceThreshold: number | null
}

/** Three questions in this order: is it finite, is it better than the one threshold, is it worse than the other? Strictly. */
export const breachOf = (limits: Limits): ((value: number) => Breach | null) => {
  const { mode, checkFinite } = limits
  const better = (a: number, b: number): boolean => (mode === 'min' ? a < b : a > b)
  // nothing is better than the best or worse than the worst
  const goal = limits.stoppingThreshold ?? worst(mode === 'min' ? 'max' : 'min')
  const bound = limits.divergenceThreshold ?? worst(mode)
  return (value) => {
    if (checkFinite && !Number.isFinite(value)) return 'NON_FINITE_METRIC'
    if (better(value, goal)) return 'STOPPING_THRESHOLD'
    return better(bound, value) ? 'DIVERGENCE_THRESHOLD' : null
  }
}

/** The same for people. */
export const breachWords = (
  breach: Breach,
  monitor: string,
  value: number,
  { stoppingThreshold, divergenceThreshold }: Limits,
): string => {
  switch (breach) {
    case 'NON_FINITE_METRIC':
      return `${monitor} is ${value}`
    case 'STOPPING_THRESHOLD':
      return `${monitor} is better than ${stoppingThreshold}`
    case 'DIVERGENCE_THRESHOLD':
      return `${monitor} is worse than ${divergenceThreshold}`
  }
}
