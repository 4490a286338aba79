/** What makes samples unfit for a metric: there are none, they don't go together, a label or a score is not what it must be. */
export type MetricFault = 'empty' | 'lengths' | 'labels' | 'scores' | 'weights'

/** Samples that a metric can't be computed of. */
export class MetricError extends Error {
  readonly _tag = 'MetricError'
  override readonly name = 'MetricError'
  constructor(
    /** the metric's name */
    readonly metric: string,
    readonly fault: MetricFault,
    problem: string,
  ) {
    super(`${metric}: ${problem}`)
  }
}
