import type { ScaleLearningRate } from './Command.js'
import type { Json } from './Json.js'
import type { OnMissing } from './Metrics.js'

/**
 * What a policy does that takes in one metric at the end of each epoch and nothing else: the same decisions as its `step`, as
 * bare marks. Sweeps ask thousands of policies about thousands of epochs, and want to know what happened, not why; a law holds
 * the two together.
 */
export interface Marker<in out S = Json> {
  readonly metric: string
  readonly onMissing: OnMissing
  /** first 0-based epoch that it looks at */
  readonly from: number
  /** what `mark.cut` means */
  readonly cut?: Pick<ScaleLearningRate, 'factor' | 'min' | 'float32'>
  /** whether the weights that it kept last come back when training ends, whatever ended it */
  readonly restoresAtEnd: boolean
  /** a state of one's own, to be changed in place */
  readonly begin: () => S
  /** takes in the metric at the end of an epoch, and the rate in force; gives marks, added up */
  readonly take: (own: S, value: number, epoch: number, rate: number) => number
}

/** What a marker can ask for at an epoch's end: keep these weights, stop, put the kept ones back now, cut the rate. */
export const mark = { keep: 1, stop: 2, restore: 4, cut: 8 } as const
