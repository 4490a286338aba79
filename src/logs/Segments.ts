import { LogError } from './TrainingLog.js'

/** Which of a file's runs is read: the last, one by its number from 1, or all of them joined as one run that was resumed. */
export type Segment = 'last' | 'joined' | number

interface Range {
  first: number
  last: number
  readonly from: number | undefined
}

const linesIn = ({ first, last }: Range): string => (first === last ? `line ${first}` : `lines ${first} to ${last}`)

/** A file can hold thousands of runs, one epoch each: the first few and the last show which lines they are. */
const list = (ranges: ReadonlyArray<Range>): string => {
  const shown = ranges.length <= 6 ? ranges : [...ranges.slice(0, 4), undefined, ...ranges.slice(-1)]
  return shown.map((range) => (range ? linesIn(range) : '…')).join(', ')
}

/** Where a row stands among the runs of its file. */
type Place = 'same' | 'begins' | 'resumes' | 'other'

/** Tells runs apart: where the place of a row goes back, another begins. */
export class Segments {
  private readonly ranges: Array<Range> = []
  private at: number | undefined
  private dropped = 0

  constructor(
    private readonly choice: Segment,
    /** a place that comes again begins another run too */
    private readonly strict: boolean,
  ) {}

  /** Whether a row belongs to the run that is read; 'begins': what was read before it doesn't. */
  next(place: number | undefined, line: number): Place {
    const current = this.ranges.at(-1)
    const back = place !== undefined && this.at !== undefined && (this.strict ? place <= this.at : place < this.at)
    if (place !== undefined) this.at = place
    if (current && !back) {
      current.last = line
      return this.taken() ? 'same' : 'other'
    }
    this.ranges.push({ first: line, last: line, from: place })
    if (this.choice === 'joined') return current ? 'resumes' : 'begins'
    return this.taken() ? 'begins' : 'other'
  }

  private taken(): boolean {
    return typeof this.choice !== 'number' || this.choice === this.ranges.length
  }

  /** Rows that a later run repeats are not counted twice. */
  drop(rows: number): void {
    this.dropped += rows
  }

  notes(path: string): ReadonlyArray<string> {
    const { ranges, choice } = this
    const count = ranges.length
    if (typeof choice === 'number' && choice > count)
      throw new LogError(
        path,
        null,
        `segment ${choice}: expected 1 to ${count}, there ${count === 1 ? 'is 1 run' : `are ${count} runs`} in this file`,
      )
    const [taken] = choice === 'joined' ? [] : [choice === 'last' ? ranges.at(-1) : ranges[choice - 1]]
    if (count <= 1) return []
    if (!taken)
      return [
        `${count} runs in this file (${list(ranges)}): joined as one that was resumed${this.dropped > 0 ? `; ${this.dropped} row${this.dropped === 1 ? '' : 's'} that a later run repeats left out` : ''}`,
      ]
    const [first] = ranges
    const resumed = taken !== first && (taken.from ?? 0) > (first?.from ?? 0)
    const which = choice === 'last' ? 'the last' : `number ${choice}`
    return [
      `${count} runs in this file (${list(ranges)}): ${which} is taken, ${linesIn(taken)}`,
      ...(resumed
        ? [
            `line ${taken.first}: the run begins at ${taken.from}: if it was resumed, segment 'joined' reads it with what came before`,
          ]
        : []),
    ]
  }
}
