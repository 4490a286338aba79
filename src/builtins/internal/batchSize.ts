import type { Params, TrainingEvent } from '../../dsl/TrainingEvent.js'

/** Samples in a batch: what its event says, or what follows from the run's size; where neither is known all count alike. */
export const batchSizeOf = (
  { samples, batchSize }: Pick<Params, 'samples' | 'batchSize'>,
  event: TrainingEvent<never>,
): number => {
  if (event._tag === 'BatchEnd' && event.size !== undefined) return event.size
  if (batchSize === null) return 1
  const left = samples === null ? batchSize : samples - (event.batch ?? 0) * batchSize
  return left > 0 ? Math.min(batchSize, left) : batchSize
}
