import { cellsOf, quotes, separatorOf, type Separator } from './cells.js'
import { Collector, type Field } from './Collector.js'
import { named, type Layout } from './Layout.js'
import { epochNames, stepNames, type TimeUnit } from './names.js'
import { isMissing, numberIn } from './numberIn.js'
import { PlainRows } from './PlainRows.js'
import type { Consumer, Context, Line, ReaderOptions, Taken } from './Reader.js'
import { shape } from './shape.js'
import { timeIn, timeOf } from './times.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

/** What a table's header says of its columns. */
export interface TableLayout extends Layout {
  /** how a column is called as a metric; undefined: as it is */
  readonly rename?: (name: string) => string
}

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`

/** A number that ends where no number can: `1.5e-`, `-`, `na`. */
const isCut = (cell: string): boolean =>
  /^[+-]?(\d+\.?\d*|\.\d+)?e[+-]?$|^[+-]?\.?$|^[+-]?(n|na|i|in)$/.test(cell) && cell !== ''

/** Longer than any row: a quote that was opened and forgotten. */
const longestRecord = 1 << 20

const places: ReadonlyArray<string> = [...epochNames, ...stepNames]

interface Cell {
  readonly at: number
  readonly field: Field
}

/** Reads a table row by row. */
class Table implements Consumer {
  private readonly path: string
  private separator: Separator = ','
  private names: ReadonlyArray<string> = []
  private headerLine = 0
  private columns: ReadonlyArray<Cell> = []
  private collector: Collector | undefined
  private layout: TableLayout | undefined
  private readonly left: Array<string> = []
  private place = { epoch: -1, step: -1, time: -1 }
  private unit: TimeUnit = 's'
  private plain: PlainRows | undefined
  /** a record whose quote is open at the end of a line */
  private open: { readonly line: number; text: string } | undefined

  constructor(
    context: Context,
    private readonly options: ReaderOptions,
    private readonly layoutOf: (names: ReadonlyArray<string>) => TableLayout,
    private readonly isComment: (line: string) => boolean,
  ) {
    this.path = context.path
  }

  line({ text, number, torn }: Line): void {
    if (this.open) {
      this.open.text += `\n${text}`
      if (quotes(this.open.text) % 2 === 0 || torn) {
        const { line, text: whole } = this.open
        this.open = undefined
        this.record(whole, line, torn)
      } else if (this.open.text.length > longestRecord) this.refuseQuote(this.open.line)
      return
    }
    if (text.trim() === '' || this.isComment(text)) return
    // an odd number of quotes: the record goes on with the next line
    if (text.includes('"') && quotes(text) % 2 === 1 && !torn) this.open = { line: number, text }
    else this.record(text, number, torn)
  }

  readonly bytes = (bytes: Buffer, from: number, line: number): Taken => {
    const { plain, collector, columns, unit } = this
    const { epoch, step, time } = this.place
    let at = from
    let lines = 0
    if (!plain || !collector || this.open) return { bytes: 0, lines }
    const strict = (this.layout as TableLayout).rowAnEpoch
    const { values, present } = plain
    while (at < bytes.length) {
      const next = plain.read(bytes, at)
      if (next < 0) break
      const e = epoch < 0 || present[epoch] === 0 ? undefined : (values[epoch] as number)
      const s = step < 0 || present[step] === 0 ? undefined : (values[step] as number)
      const t = time < 0 || present[time] === 0 ? undefined : (values[time] as number)
      // what is wrong with where a row stands is found out by those who read text
      if (e === undefined ? strict && epoch >= 0 : strict ? !(Number.isSafeInteger(e) && e >= 0) : !Number.isFinite(e))
        break
      if ((s !== undefined && !Number.isFinite(s)) || (t !== undefined && !Number.isFinite(t))) break
      if (collector.row({ epoch: e, step: s, time: t === undefined ? t : timeOf(t, unit) }, line + lines))
        for (const { at: column, field } of columns)
          if (present[column] === 1) collector.number(field, values[column] as number)
      at = next
      lines += 1
    }
    return { bytes: at - from, lines }
  }

  private refuseQuote(line: number): never {
    throw new LogError(this.path, line, 'a quote is opened and never closed')
  }

  private record(text: string, line: number, torn: boolean): void {
    const opened = text.includes('"') && quotes(text) % 2 === 1
    if (opened && text.includes('\n')) this.refuseQuote(line)
    if (!this.collector) {
      this.header(text, line)
      return
    }
    const cells = cellsOf(text, this.separator)
    // a torn line's last cell, without its closing quote, is none
    this.row(opened ? cells.slice(0, -1) : cells, line, torn)
  }

  private header(text: string, line: number): void {
    const bare = text.replace(/^\s*#\s*/, '')
    this.separator = separatorOf(bare, places)
    const names = cellsOf(bare, this.separator)
    const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i)
    if (twice !== undefined)
      throw new LogError(this.path, line, `two columns are called '${twice}': expected each name once`)
    const made = this.layoutOf(names)
    const collector = new Collector(this.path, made, this.options.segment)
    this.names = names
    this.headerLine = line
    const epoch = named(made.epoch, names)
    const step = named(made.step, names)
    const time = made.time.find(([name]) => named([name], names) !== undefined)
    if (made.rowAnEpoch && epoch === undefined)
      throw new LogError(
        this.path,
        line,
        `no column 'epoch': expected a header such as epoch,loss,val_loss, got ${names.join(',')}`,
      )
    const timeName = time && named([time[0]], names)
    this.place = {
      epoch: epoch === undefined ? -1 : names.indexOf(epoch),
      step: step === undefined ? -1 : names.indexOf(step),
      time: timeName === undefined ? -1 : names.indexOf(timeName),
    }
    this.unit = time?.[1] ?? 's'
    const taken = Object.values(this.place)
    this.columns = names.flatMap((name, at): ReadonlyArray<Cell> => {
      if (name === '' || taken.includes(at)) return []
      const why = made.leaveOut(name)
      if (why === undefined) return [{ at, field: collector.field(made.rename?.(name) ?? name) }]
      this.left.push(`${name} (${why})`)
      return []
    })
    this.layout = made
    const textual = this.unit === 'date' || this.unit === 'duration'
    // what is parted by blanks, or has dates in it, is read as text
    this.plain =
      this.separator === ' ' || (timeName !== undefined && textual)
        ? undefined
        : new PlainRows(names.length, this.separator.charCodeAt(0))
    this.collector = collector
  }

  private row(cells: ReadonlyArray<string>, line: number, torn: boolean): void {
    const { names, path, place } = this
    const collector = this.collector as Collector
    if (cells.length === names.length && cells[0] === names[0] && cells.every((cell, at) => cell === names[at])) {
      collector.pass(line, 'the header once more, left out')
      return
    }
    if (torn) {
      const cut = cells.length < names.length || cells.at(-1) === '' || cells.some(isCut)
      collector.pass(
        line,
        cut ? 'cut off in the middle, left out' : 'has no line end: if it was cut off, its last number is wrong',
      )
      if (cut) return
    }
    if (cells.length !== names.length)
      throw new LogError(path, line, `${plural(cells.length, 'cell')}, expected ${names.length}, as in the header`)
    const where = {
      epoch: this.number(cells, place.epoch, line),
      step: this.number(cells, place.step, line),
      time: place.time < 0 ? undefined : timeIn(cells[place.time] as string, this.unit),
    }
    if (!collector.row(where, line)) return
    for (const { at, field } of this.columns) collector.text(field, cells[at] as string, line)
  }

  /** The epoch or the step of a row. Without one where there should be one, its numbers would be another's. */
  private number(cells: ReadonlyArray<string>, at: number, line: number): number | undefined {
    if (at < 0) return undefined
    const cell = cells[at] as string
    const strict = (this.layout as TableLayout).rowAnEpoch
    if (!strict && isMissing(cell)) return undefined
    const x = numberIn(cell)
    if (x !== undefined && Number.isFinite(x) && (!strict || (Number.isSafeInteger(x) && x >= 0))) return x
    throw new LogError(
      this.path,
      line,
      `${JSON.stringify(cell)} in column '${this.names[at]}': expected a ${strict ? 'whole number from 0' : 'number'}`,
    )
  }

  end(): TrainingLog {
    if (this.open) this.refuseQuote(this.open.line)
    const { collector, names, place, path } = this
    if (!collector) throw new LogError(path, null, 'is empty, expected a log')
    const passed = collector.passedOver
    if (collector.seen === 0)
      throw new LogError(
        path,
        this.headerLine,
        `no rows: expected at least one below the header${passed.length > 0 ? ` (${passed.join('; ')})` : ''}`,
      )
    return shape(collector, this.options, {
      epoch: names[place.epoch],
      step: names[place.step],
      time: names[place.time],
      left: this.left,
      notes: names.includes('') ? ['left out: a column without a name'] : [],
    })
  }
}

const never = (): boolean => false

/** Reads a table whose header says what its columns mean. */
export const table = (
  context: Context,
  layoutOf: (names: ReadonlyArray<string>) => TableLayout,
  {
    isComment = never,
    options = context.options,
  }: { isComment?: (line: string) => boolean; options?: ReaderOptions } = {},
): Consumer => new Table(context, options, layoutOf, isComment)
