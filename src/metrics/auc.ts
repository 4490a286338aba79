import { MetricError } from './MetricError.js'
import type { Numbers } from './internal/samples.js'

/**
 * The area under a curve of straight lines between points (trapezoids), whose `x` rises or falls throughout.
 * @category metrics
 * @throws MetricError where there are fewer than two points, or `x` turns
 * @example
 * import { auc } from 'rxfit/metrics'
 * auc([0, 0.5, 1], [0, 1, 1]) // => 0.75
 */
export const auc = (x: Numbers, y: Numbers): number => {
  if (x.length !== y.length) throw new MetricError('auc', 'lengths', `x has ${x.length} points, and y ${y.length}`)
  if (x.length < 2) throw new MetricError('auc', 'empty', `there must be two points or more, got ${x.length}`)
  let area = 0
  let [rises, falls] = [false, false]
  for (let i = 1; i < x.length; i += 1) {
    const width = (x[i] as number) - (x[i - 1] as number)
    rises ||= width > 0
    falls ||= width < 0
    area += (width * ((y[i] as number) + (y[i - 1] as number))) / 2
  }
  if (rises && falls) throw new MetricError('auc', 'scores', 'x must rise or fall throughout')
  return falls ? -area : area
}
