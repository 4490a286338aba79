import { decodeNumber, encodeNumber, type JsonNumber } from '../../dsl/Json.js'
import { directionOf, type Direction } from '../../dsl/Metrics.js'
import { OptionError } from '../../dsl/Options.js'
import type { Why } from '../../dsl/Command.js'
import type { Insight } from '../../dsl/Machine.js'
import { label, union, type Spec } from '../../dsl/Spec.js'
import { counted, waiting } from './words.js'

/**
 * Has a value got better, and if not, for how long? The one rule behind `whenPlateau`, `whenImproves`, `earlyStopping`,
 * `reduceLROnPlateau` and `modelCheckpoint`; frameworks differ in its parameters only.
 */
export type Progress = {
  /** best value so far; null before the first */
  readonly best: JsonNumber | null
  readonly bestEpoch: number | null
  /** observations since the last improvement that counted */
  readonly wait: number
  /** observations left in which nothing is counted */
  readonly cooldown: number
  readonly is: 'untouched' | 'improved' | 'waiting' | 'plateau'
}

export interface Rule {
  readonly improves: (value: number, reference: number) => boolean
  /** what the first value is compared with; null: any number is an improvement */
  readonly start: number | null
  /** whether NaN may become the best value, after which nothing beats it (Keras 3 does that) */
  readonly nanCanBeBest: boolean
  /** observations without improvement that make a plateau; 0 counts as 1 */
  readonly patience: number
  /** observations to rest after a plateau */
  readonly cooldown: number
  /** an improvement that doesn't beat this doesn't end the waiting */
  readonly baseline: number | null
  /** first 0-based epoch in which there may be a plateau */
  readonly earliest: number
  /** whether waiting starts again after a plateau */
  readonly repeats: boolean
  /** what a value must be to beat that one, in words: `below 0.31` */
  readonly beating: (reference: number) => string
}

/** How a value is compared with the best one so far. */
export type Comparison = Pick<Rule, 'improves' | 'start' | 'nanCanBeBest' | 'beating'>

/** Better by more than `minDelta`; equality to the delta is not better. With NaN nothing is better than anything. */
export const betterThan = (direction: Direction, minDelta: number): Rule['improves'] =>
  direction === 'min' ? (value, best) => value + minDelta < best : (value, best) => value - minDelta > best

/** What has to happen until there is a plateau. */
export const needs = (metric: string, rule: Rule, state: Progress): string => {
  if (state.cooldown > 1) return `rests for ${counted(state.cooldown - 1, 'more observation')}`
  const best = state.best === null ? null : decodeNumber(state.best)
  if (Number.isNaN(best)) return 'the best value is NaN, which nothing beats'
  const improvement = best === null || !Number.isFinite(best) ? `any ${metric}` : `${metric} ${rule.beating(best)}`
  const end = rule.baseline === null ? '' : `, and ${metric} ${rule.beating(rule.baseline)} ends the waiting`
  return `${waiting(state.wait, Math.max(1, rule.patience), improvement)}${end}`
}

export const begin = (rule: Pick<Rule, 'start'>): Progress => ({
  best: rule.start === null ? null : encodeNumber(rule.start),
  bestEpoch: null,
  wait: 0,
  cooldown: 0,
  is: 'untouched',
})

/** A state that may be changed. */
export type ProgressDraft = { -readonly [K in keyof Progress]: Progress[K] }

/** Takes in an observation. `mayFire` false holds a plateau back: waiting goes on. */
export const observe = (rule: Rule, own: ProgressDraft, value: number, epoch: number, mayFire: boolean): void => {
  const resting = Math.max(0, own.cooldown - 1)
  if (own.cooldown > 0) own.wait = 0
  own.cooldown = resting
  own.is = 'waiting'
  if (own.best === null ? rule.nanCanBeBest || !Number.isNaN(value) : rule.improves(value, decodeNumber(own.best))) {
    own.wait = rule.baseline === null || rule.improves(value, rule.baseline) ? 0 : own.wait + 1
    own.best = encodeNumber(value)
    own.bestEpoch = epoch
    own.is = 'improved'
    return
  }
  if (resting > 0) return
  own.wait += 1
  if (own.wait < rule.patience || epoch < rule.earliest || !mayFire) return
  own.is = 'plateau'
  if (!rule.repeats) return
  own.wait = 0
  own.cooldown = rule.cooldown
}

/** The next state: `observe` on a copy. */
export const advance = (rule: Rule, state: Progress, value: number, epoch: number, mayFire: boolean): Progress => {
  const { best, bestEpoch, wait, cooldown, is } = state
  const own: ProgressDraft = { best, bestEpoch, wait, cooldown, is }
  observe(rule, own, value, epoch, mayFire)
  return own
}

/** The numbers behind it; `wait` as it was when the plateau was found, though it may have been reset since. */
export const reasons = (rule: Rule, state: Progress, observed: number): Why => ({
  observed,
  best: state.best === null ? null : decodeNumber(state.best),
  bestEpoch: state.bestEpoch,
  wait: state.is === 'plateau' && rule.repeats ? Math.max(1, rule.patience) : state.wait,
  patience: rule.patience,
})

/** The numbers in a state. */
export const view = (state: Progress): Why => ({
  best: state.best === null ? null : decodeNumber(state.best),
  bestEpoch: state.bestEpoch,
  wait: state.wait,
  ...(state.cooldown > 0 && { cooldown: state.cooldown }),
})

/** What such a state means, for people. */
export const insight = (by: string, metric: string, rule: Rule, state: Progress): Insight => ({
  by,
  why: { ...view(state), patience: rule.patience },
  needs: needs(metric, rule, state),
})

/** The metrics that a signal is made of, whether the run must report them or not (`onMissing: 'skip'`). */
export const metricsOf = (spec: Spec): ReadonlyArray<string> => {
  if (spec.metrics && spec.metrics.length > 0) return spec.metrics
  const own = spec.kind === 'monitor' ? spec.options?.['metric'] : undefined
  return typeof own === 'string' ? [own] : union(...(spec.children ?? []).map(metricsOf))
}

/** What a signal is called in a sentence: its metric's name, where it is no more than that. */
export const calledBy = (spec: Spec): string => (spec.kind === 'monitor' ? (metricsOf(spec)[0] as string) : label(spec))

/** The direction that was asked for, or the well-known one of these metrics; otherwise an error: nothing is guessed. */
export const resolveDirection = (
  at: string,
  mode: Direction | 'auto',
  metrics: ReadonlyArray<string> = [],
  known: (metric: string) => Direction | undefined = directionOf,
): Direction => {
  if (mode !== 'auto') return mode
  const [metric, another] = metrics
  const direction = metric !== undefined && another === undefined ? known(metric) : undefined
  if (direction) return direction
  const what = metrics.length === 0 ? 'this signal' : metrics.map((name) => `'${name}'`).join(' with ')
  throw new OptionError([
    { path: `${at}.mode`, message: `can't tell whether ${what} should fall or rise; say 'min' or 'max'` },
  ])
}
