import type { Numbers, Rows } from './internal/samples.js'

/** The index of the largest number of a list; of equals the first. */
export const largestOf = (row: Numbers): number => {
  let best = 0
  for (let i = 1; i < row.length; i += 1) if ((row[i] as number) > (row[best] as number)) best = i
  return best
}

/**
 * Rows of scores as predictions: the class (column) of the highest score, the first of equals.
 * @category metrics
 * @example
 * import { argMax } from 'rxfit/metrics'
 * ;[...argMax([[0.1, 0.9], [0.5, 0.5]])] // => [1, 0]
 */
export const argMax = (rows: Rows): Uint32Array => Uint32Array.from(rows, largestOf)
