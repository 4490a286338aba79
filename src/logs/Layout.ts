import { epochNames, isEvaluation, plainName, stepNames, timeNames, type TimeUnit } from './names.js'

/** What counts as an epoch, and so what patience counts. */
export type Unit = 'epoch' | 'evaluation' | 'row'

/** What a format's columns (or keys) mean. Names of epoch, step and time are compared in lower case; the first that is there counts. */
export interface Layout {
  readonly format: string
  /** what holds a metric, in notes */
  readonly word: 'column' | 'key' | 'field'
  readonly epoch: ReadonlyArray<string>
  readonly step: ReadonlyArray<string>
  readonly time: ReadonlyArray<readonly [name: string, unit: TimeUnit]>
  /** the number of a run's first epoch; 'begin': 1 where the log begins at 1 */
  readonly epochsFrom: 0 | 1 | 'begin'
  /** a step's number at the end of a run's first batch: 0 where batches are numbered, 1 where they are counted */
  readonly stepsFrom: 0 | 1
  /** every row is an epoch of its own, so one that comes again begins another run; an epoch that is no whole number is an error */
  readonly rowAnEpoch: boolean
  /** a row's place: by the epoch, or by the step where there is one */
  readonly order: 'epoch' | 'step'
  /** whether a metric of that name comes from an evaluation */
  readonly evaluates: (name: string) => boolean
  /** whether it belongs to an epoch, not to a batch */
  readonly ofEpoch: (name: string) => boolean
  /** other names for a metric, under which callbacks may ask for it */
  readonly others: (name: string) => ReadonlyArray<string>
  /** why a column is left out without being looked at */
  readonly leaveOut: (name: string) => string | undefined
  /** what counts as an epoch; undefined: found from the rows */
  readonly unit?: Unit
  /** what a reader should know of the format itself */
  readonly notes: ReadonlyArray<string>
}

const plain = (name: string): ReadonlyArray<string> => {
  const other = plainName(name)
  return other === undefined ? [] : [other]
}

/** A layout, with what most formats have in common. */
export const layout = (own: Partial<Layout> & Pick<Layout, 'format'>): Layout => {
  const evaluates = own.evaluates ?? isEvaluation
  return {
    word: 'column',
    epoch: epochNames,
    step: stepNames,
    time: timeNames,
    epochsFrom: 'begin',
    stepsFrom: 1,
    rowAnEpoch: false,
    order: 'step',
    evaluates,
    ofEpoch: evaluates,
    others: plain,
    leaveOut: () => undefined,
    notes: [],
    ...own,
  }
}

/** The name among these that plays a part. */
export const named = (candidates: ReadonlyArray<string>, names: ReadonlyArray<string>): string | undefined => {
  for (const candidate of candidates) {
    const exact = names.find((name) => name === candidate) ?? names.find((name) => name.toLowerCase() === candidate)
    if (exact !== undefined) return exact
  }
  return undefined
}
