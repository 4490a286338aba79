import type { Samples } from '../dsl/Picture.js'
import { largestOf } from '../metrics/argMax.js'

/** The class of each sample: that of the highest number; where there is one only, a label, or a probability of class 1. */
export const classesOf = ({ rows }: Samples, said: 'truth' | 'prediction'): ReadonlyArray<number> =>
  rows.map((row) => {
    if (row.length > 1) return largestOf(row)
    const value = row[0] as number
    return said === 'prediction' ? Number(value >= 0.5) : Math.round(value)
  })

/** How many classes there are: outputs, or labels seen. */
export const classCount = (predicted: Samples, ...seen: ReadonlyArray<ReadonlyArray<number>>): number => {
  const outputs = predicted.rows[0]?.length ?? 0
  return Math.max(2, outputs, ...seen.map((labels) => labels.reduce((most, label) => Math.max(most, label + 1), 0)))
}

/** What a class is called. */
export const className = (label: number, names: ReadonlyArray<string>): string => names[label] ?? String(label)
