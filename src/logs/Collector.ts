import type { Layout } from './Layout.js'
import { isHuge, isMissing, numberIn } from './numberIn.js'
import { Column, Numbers } from './Numbers.js'
import { Segments, type Segment } from './Segments.js'
import { LogError } from './TrainingLog.js'

interface Seen {
  readonly line: number
  readonly text: string
}

/** One column of a log, or one key: its numbers, and what there was beside them. */
class Field {
  column = new Column()
  words = 0
  lists = 0
  word: Seen | undefined
  huge: Seen | undefined
  constructor(readonly name: string) {}

  clear(): void {
    this.column = new Column()
    this.words = this.lists = 0
    this.word = this.huge = undefined
  }
}

/** Where a row stands. */
export interface Place {
  readonly epoch: number | undefined
  readonly step: number | undefined
  /** milliseconds */
  readonly time: number | undefined
}

const expected = 'expected a number, nan, inf, -inf or NA'

/** Takes the rows of a log one by one, and keeps their numbers: those of the run that is to be read, and nothing else. */
export class Collector {
  /** the file's line of each row; NaN where it has none of its own */
  readonly lines = new Numbers()
  epoch = new Column()
  step = new Column()
  time = new Column()
  /** rows that say of themselves that they are an evaluation */
  evaluations = new Column()
  private readonly fields = new Map<string, Field>()
  private readonly segments: Segments
  /** rows of all runs */
  seen = 0
  /** what was passed over, for the notes; the first few of each kind */
  private readonly passed = new Map<string, { count: number; readonly lines: Array<number> }>()

  constructor(
    readonly path: string,
    readonly layout: Layout,
    segment: Segment = 'last',
  ) {
    this.segments = new Segments(segment, layout.rowAnEpoch)
  }

  get rows(): number {
    return this.lines.length
  }

  /** A field that turned out to say where rows stand. */
  forget(name: string): void {
    this.fields.delete(name)
  }

  lineOf(row: number): number | null {
    const line = this.lines.at(row)
    return Number.isNaN(line) ? null : line
  }

  /** Where a row is, in words. */
  where(row: number): string {
    const line = this.lineOf(row)
    return line === null ? `row ${row}` : `line ${line}`
  }

  field(name: string): Field {
    const known = this.fields.get(name)
    if (known) return known
    const field = new Field(name)
    this.fields.set(name, field)
    return field
  }

  /** Begins a row; false: it belongs to a run that isn't read. */
  row({ epoch, step, time }: Place, line: number, evaluation = false): boolean {
    const place = this.layout.order === 'epoch' ? (epoch ?? step) : (step ?? epoch)
    this.seen += 1
    const where = this.segments.next(place, line)
    if (where === 'other') return false
    if (where === 'begins') this.clear()
    if (where === 'resumes') this.rewind(place as number)
    const row = this.lines.length
    this.lines.push(line)
    if (epoch !== undefined) this.epoch.put(row, epoch)
    if (step !== undefined) this.step.put(row, step)
    if (time !== undefined) this.time.put(row, time)
    if (evaluation) this.evaluations.put(row, 1)
    return true
  }

  private clear(): void {
    this.lines.truncate(0)
    this.epoch = new Column()
    this.step = new Column()
    this.time = new Column()
    this.evaluations = new Column()
    for (const field of this.fields.values()) field.clear()
  }

  private rewind(place: number): void {
    const by = this.layout.order === 'epoch' || this.step.length === 0 ? this.epoch : this.step
    let i = by.length
    while (i > 0 && by.values.at(i - 1) >= place) i -= 1
    const row = i < by.length ? by.rowOf(i) : this.rows
    this.segments.drop(this.rows - row)
    this.lines.truncate(row)
    for (const column of [this.epoch, this.step, this.time, this.evaluations]) column.truncate(row)
    for (const { column } of this.fields.values()) column.truncate(row)
  }

  /** A number of the row that was begun last. */
  number(field: Field, x: number): void {
    field.column.put(this.lines.length - 1, x)
  }

  /** A text of that row: a number as somebody printed it, a word, a list, or what stands for nothing. */
  text(field: Field, text: string, line: number): void {
    const x = numberIn(text)
    if (x !== undefined && (Number.isFinite(x) || !isHuge(text))) field.column.put(this.lines.length - 1, x)
    else if (isMissing(text)) return
    else if (x !== undefined) field.huge ??= { line, text }
    else if (text.startsWith('[')) field.lists += 1
    else {
      field.words += 1
      field.word ??= { line, text: text.length > 100 ? `${text.slice(0, 100)}…` : text }
    }
  }

  list(field: Field): void {
    field.lists += 1
  }

  /** Something that was passed over, said once however often it happens. */
  pass(line: number, what: string): void {
    const known = this.passed.get(what) ?? { count: 0, lines: [] }
    this.passed.set(what, known)
    known.count += 1
    if (known.lines.length < 4) known.lines.push(line)
  }

  get passedOver(): ReadonlyArray<string> {
    return [...this.passed].map(([what, { count, lines }]) => {
      const where = lines.slice(0, 3).join(', ')
      if (count === 1) return `line ${where}: ${what}`
      return `lines ${where}${count > lines.length || count > 3 ? ` and ${count - Math.min(3, lines.length)} more` : ''}: ${what}`
    })
  }

  runNotes(): ReadonlyArray<string> {
    return this.segments.notes(this.path)
  }

  /** The columns of numbers, and why the others are left out. Numbers with a few words among them are a damaged file. */
  sorted(): { readonly kept: ReadonlyMap<string, Column>; readonly left: ReadonlyArray<string> } {
    const kept = new Map<string, Column>()
    const left: Array<string> = []
    for (const field of this.fields.values()) {
      const { name, column, words, word, lists, huge } = field
      if (lists > 0) left.push(`${name} (lists, not numbers)`)
      else if (huge)
        throw new LogError(
          this.path,
          huge.line,
          `${huge.text} in ${this.layout.word} '${name}' is larger than a number can be: ${expected}`,
        )
      else if (words > 0 && column.length === 0) left.push(`${name} (text, such as ${JSON.stringify(word?.text)})`)
      else if (word)
        throw new LogError(
          this.path,
          word.line,
          `${JSON.stringify(word.text)} in ${this.layout.word} '${name}' is not a number: ${expected}`,
        )
      else if (column.length === 0) left.push(`${name} (NA in every row)`)
      else kept.set(name, column)
    }
    return { kept, left }
  }
}

export type { Field }
