import { MetricError } from '../MetricError.js'
import { distinct, type Numbers } from './samples.js'

/**
 * The label that counts as positive. Without `posLabel` labels must be 0 and 1, or -1 and 1: of any others nobody knows which
 * is meant.
 */
export const positiveOf = (metric: string, yTrue: Numbers, posLabel: number | undefined): number => {
  if (posLabel !== undefined) return posLabel
  const labels = distinct(yTrue)
  const plain =
    labels.every((label) => label === 0 || label === 1) || labels.every((label) => label === -1 || label === 1)
  if (!plain)
    throw new MetricError(
      metric,
      'labels',
      `yTrue must hold 0 and 1, or -1 and 1, unless posLabel is given, got ${labels.join(', ')}`,
    )
  return 1
}
