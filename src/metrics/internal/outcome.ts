import { argMax } from '../argMax.js'
import { column, type Numbers, type Rows } from './samples.js'

/**
 * What a model said of samples, and what is true of them. One column of scores: two classes. Several, and truth is a class or
 * one-hot: so many classes. Several, and rows of truth hold any number of ones: so many labels.
 */
export type Outcome =
  | { readonly task: 'binary'; readonly truth: Numbers; readonly scores: Numbers }
  | { readonly task: 'multiclass'; readonly truth: Numbers; readonly scores: Rows }
  | { readonly task: 'multilabel'; readonly truth: Rows; readonly scores: Rows }

const isOneHot = (row: Numbers): boolean => {
  let ones = 0
  for (let i = 0; i < row.length; i += 1) {
    if (row[i] !== 0 && row[i] !== 1) return false
    ones += row[i] as number
  }
  return ones === 1
}

export const outcomeOf = (truth: Rows, scores: Rows): Outcome => {
  const [wide, said] = [truth[0]?.length ?? 0, scores[0]?.length ?? 0]
  if (said === 1 && wide === 1) return { task: 'binary', truth: column(truth, 0), scores: column(scores, 0) }
  if (wide === 1) return { task: 'multiclass', truth: column(truth, 0), scores }
  if (wide !== said) throw new Error(`there are ${said} outputs a sample, and ${wide} targets`)
  return truth.every(isOneHot)
    ? { task: 'multiclass', truth: argMax(truth), scores }
    : { task: 'multilabel', truth, scores }
}

/** Whether every number is one that can be measured. */
export const allFinite = (row: Numbers): boolean => {
  for (let i = 0; i < row.length; i += 1) if (!Number.isFinite(row[i])) return false
  return true
}

/** Truth (0 or 1) and probability for one class of several, or one label. */
export interface OneClass {
  /** the class's number; none where there are two classes, and one column of scores */
  readonly index: number | undefined
  readonly truth: Numbers
  readonly scores: Numbers
}

/** An outcome class by class, each against the rest. */
export const oneByOne = (outcome: Outcome): ReadonlyArray<OneClass> => {
  const { task, truth, scores } = outcome
  if (task === 'binary') return [{ index: undefined, truth, scores }]
  return Array.from({ length: scores[0]?.length ?? 0 }, (_, index) => ({
    index,
    truth: task === 'multilabel' ? column(truth, index) : Array.from(truth, (label) => (label === index ? 1 : 0)),
    scores: column(scores, index),
  }))
}
