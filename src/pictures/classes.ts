import type { Samples } from '../dsl/Picture.js'
import { largestOf } from '../metrics/argMax.js'

/**
 * The class of each sample: that of the highest number; where there is one only, a label, or a probability of class 1. Throws
 * where samples have no class: targets of a regression, a class a step, what a model says that has diverged.
 */
export const classesOf = ({ name, shape, rows }: Samples, said: 'truth' | 'prediction'): ReadonlyArray<number> => {
  const wrong = (what: string): Error =>
    new Error(
      `'${name}': ${said} ${what}; a class is a whole number from 0, or the highest of a row with a number for each class`,
    )
  if (shape.length > 1) throw wrong(`of shape [${shape.join(', ')}] is more than one class a sample`)
  return rows.map((row) => {
    if (!allNumbers(row)) throw wrong('NaN is no class')
    if (row.length > 1) return largestOf(row)
    const value = row[0] as number
    if (said === 'prediction') return Number(value >= 0.5)
    // labels may be smoothed
    const label = Math.round(value)
    if (!(label >= 0 && Number.isSafeInteger(label))) throw wrong(`${value} is no class`)
    return Math.abs(label)
  })
}

const allNumbers = (row: ArrayLike<number>): boolean => {
  for (let i = 0; i < row.length; i += 1) if (Number.isNaN(row[i])) return false
  return row.length > 0
}

/** How many classes there are: outputs, or labels seen. */
export const classCount = (predicted: Samples, ...seen: ReadonlyArray<ReadonlyArray<number>>): number => {
  const outputs = predicted.rows[0]?.length ?? 0
  return Math.max(2, outputs, ...seen.map((labels) => labels.reduce((most, label) => Math.max(most, label + 1), 0)))
}

/** What a class is called. */
export const className = (label: number, names: ReadonlyArray<string>): string => names[label] ?? String(label)
