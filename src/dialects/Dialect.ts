import type { Direction } from '../dsl/Metrics.js'
import type { Rule } from '../operators/internal/progress.js'

/** How a framework compares a value with the best one so far. */
export type Comparison = Pick<Rule, 'improves' | 'start' | 'nanCanBeBest'>

/**
 * What differs between frameworks in the callbacks that share Keras' shape. A dialect is data: the builtins ask it, and know
 * no framework by name.
 */
export interface Dialect {
  readonly name: string
  /** whether the framework keeps learning rates as float32 rather than doubles */
  readonly float32: boolean
  /** a missing metric is passed over with no more than a warning */
  readonly toleratesMissing: boolean
  readonly earlyStopping: {
    readonly direction: (metric: string) => Direction | undefined
    readonly compare: (direction: Direction, minDelta: number, baseline: number | null) => Comparison
    /** whether the baseline holds back the waiting's end, rather than standing in for the best value */
    readonly baselineHolds: boolean
    /** first 0-based epoch in which it may stop */
    readonly earliest: number
    /** 'always': at the end of training, whatever ended it; 'whenStopped': at once, and only if it stopped itself */
    readonly restores: 'always' | 'whenStopped' | 'never'
  }
  readonly reduceLROnPlateau: {
    readonly direction: (metric: string) => Direction | undefined
    readonly compare: (direction: Direction, minDelta: number) => Comparison
  }
  readonly modelCheckpoint: {
    readonly direction: (metric: string) => Direction | undefined
    readonly compare: (direction: Direction, threshold: number | null) => Comparison
    /** what a best-only checkpoint does in an epoch without the metric */
    readonly withoutMetric: 'error' | 'save' | 'skip'
  }
}

/** The worst value there is: what a first value is compared with where there is no other. */
export const worst = (direction: Direction): number => (direction === 'min' ? Infinity : -Infinity)

/** A learning rate as the framework keeps it. */
export const storeLR = (dialect: Dialect, lr: number): number => (dialect.float32 ? Math.fround(lr) : lr)
