import { Collector, type Place } from './Collector.js'
import { isObject, type Fields } from './json.js'
import type { Layout } from './Layout.js'
import { named } from './Layout.js'
import { numberIn } from './numberIn.js'
import type { ReaderOptions } from './Reader.js'
import { shape, type Said } from './shape.js'
import { shown } from './text.js'
import { timeIn } from './times.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

/** What a format's objects mean. */
export interface ObjectLayout extends Layout {
  /** where an object stands, if that isn't said by one key in all of them; keys that have been used so are no metrics */
  readonly place?: (
    fields: Fields,
    before: Place,
  ) => { readonly place: Place; readonly used: ReadonlyArray<string> } | undefined
  /** why an object is no row */
  readonly skip?: (fields: Fields) => string | undefined
  /** whether it is an evaluation, where it says so itself */
  readonly isEvaluation?: (fields: Fields) => boolean
}

/** Objects within objects; no trainer writes as many, and names grow with them. */
const deepest = 100

/** Takes the objects of a log, one a row: what is nested in them gets a path as its name, as in `info/learner/loss`. */
export class Objects {
  private readonly collector: Collector
  private readonly epoch: string | undefined
  private readonly step: string | undefined
  private readonly time: readonly [name: string, unit: Parameters<typeof timeIn>[1]] | undefined
  private before: Place = { epoch: undefined, step: undefined, time: undefined }
  private readonly left = new Map<string, string>()

  constructor(
    private readonly path: string,
    private readonly layout: ObjectLayout,
    private readonly options: ReaderOptions,
    /** the first few, by which the keys of epoch, step and time are found */
    first: ReadonlyArray<Fields>,
  ) {
    const keys = [...new Set(first.flatMap(Object.keys))]
    this.epoch = named(layout.epoch, keys)
    this.step = named(layout.step, keys)
    const time = layout.time.find(([name]) => named([name], keys) !== undefined)
    this.time = time && [named([time[0]], keys) as string, time[1]]
    this.collector = new Collector(path, layout, options.segment)
  }

  /** How many objects were taken. */
  get seen(): number {
    return this.collector.seen
  }

  pass(line: number, what: string): void {
    this.collector.pass(line, what)
  }

  row(fields: Fields, line: number): void {
    const { collector, layout } = this
    const why = layout.skip?.(fields)
    if (why !== undefined) {
      collector.pass(line, why)
      return
    }
    const own = layout.place?.(fields, this.before)
    const place = own?.place ?? {
      epoch: this.number(fields, this.epoch, line),
      step: this.number(fields, this.step, line),
      time: this.timeOf(fields),
    }
    this.before = {
      epoch: place.epoch ?? this.before.epoch,
      step: place.step ?? this.before.step,
      time: place.time ?? this.before.time,
    }
    const used = own?.used ?? [this.epoch, this.step, this.time?.[0]]
    if (collector.row(place, line, layout.isEvaluation?.(fields) ?? false)) this.take(fields, '', used, line)
  }

  private number(fields: Fields, key: string | undefined, line: number): number | undefined {
    if (key === undefined || !Object.hasOwn(fields, key) || fields[key] === null) return undefined
    const value = fields[key]
    const x = typeof value === 'string' ? numberIn(value) : value
    if (typeof x === 'number' && Number.isFinite(x)) return x
    throw new LogError(
      this.path,
      Number.isNaN(line) ? null : line,
      `${shown(value)} in key '${key}': expected a number`,
    )
  }

  private timeOf(fields: Fields): number | undefined {
    if (this.time === undefined) return undefined
    const value = fields[this.time[0]]
    return typeof value === 'number' || typeof value === 'string' ? timeIn(String(value), this.time[1]) : undefined
  }

  private take(fields: Fields, prefix: string, used: ReadonlyArray<string | undefined>, line: number, level = 1): void {
    const { collector, layout } = this
    if (level > deepest)
      throw new LogError(this.path, Number.isNaN(line) ? null : line, `is nested deeper than ${deepest} levels`)
    for (const key in fields) {
      if (prefix === '' && used.includes(key)) continue
      const name = prefix + key
      const value = fields[key]
      if (value === null) continue
      const why = this.left.get(name) ?? layout.leaveOut(name)
      if (why !== undefined) this.left.set(name, why)
      else if (typeof value === 'number') {
        if (Number.isFinite(value)) collector.number(collector.field(name), value)
        else collector.text(collector.field(name), '1e999', line)
      } else if (typeof value === 'string') collector.text(collector.field(name), value.trim(), line)
      else if (Array.isArray(value)) collector.list(collector.field(name))
      else if (isObject(value)) this.take(value, `${name}/`, used, line, level + 1)
      else if (typeof value === 'boolean') collector.text(collector.field(name), String(value), line)
    }
  }

  end(said: Said = {}): TrainingLog {
    if (this.seen === 0) {
      const passed = this.collector.passedOver
      throw new LogError(
        this.path,
        null,
        `no rows: expected an object of metrics a line${passed.length > 0 ? ` (${passed.join('; ')})` : ''}`,
      )
    }
    return shape(this.collector, this.options, {
      epoch: this.epoch,
      step: this.step,
      time: this.time?.[0],
      ...said,
      left: [...this.left].map(([name, why]) => `${name} (${why})`),
    })
  }

  /** the place of the object that was taken last */
  get last(): Place {
    return this.before
  }
}
