import { cellsOf, separatorOf } from './cells.js'
import { isObject, parseLoose, type Fields } from './json.js'

/** The beginning of a file, by which its format is known. */
export class Head {
  /** the lines that are whole, but for blank ones; without a byte order mark */
  readonly lines: ReadonlyArray<string>
  private cells: ReadonlyArray<string> | undefined
  private found: ReadonlyArray<Fields> | undefined

  constructor(
    readonly path: string,
    readonly text: string,
    /** whether this is the whole file */
    readonly whole: boolean,
  ) {
    const lines = text.replace(/^\uFEFF/, '').split(text.includes('\n') ? /\r*\n/ : '\r')
    this.lines = (whole || lines.length === 1 ? lines : lines.slice(0, -1)).filter((line) => line.trim() !== '')
  }

  /** the first line as a table's header */
  get header(): ReadonlyArray<string> {
    const [first = ''] = this.lines
    return (this.cells ??= cellsOf(first, separatorOf(first)))
  }

  /** whether the header has all of these columns */
  has(...names: ReadonlyArray<string>): boolean {
    return names.every((name) => this.header.includes(name))
  }

  /** the objects of JSON Lines; none where the first line is no such object */
  get records(): ReadonlyArray<Fields> {
    if (this.found) return this.found
    const [first = '', ...others] = this.lines
    const record = /^\s*\{/.test(first)
      ? (parseLoose(first) ?? keysIn(first, this.lines.length === 1 && !this.whole))
      : undefined
    if (!isObject(record)) return (this.found = [])
    return (this.found = [record, ...others.slice(0, 200).map(parseLoose).filter(isObject)])
  }

  /** whether one of those objects has all of these keys */
  holds(...keys: ReadonlyArray<string>): boolean {
    return this.records.some((record) => keys.every((key) => Object.hasOwn(record, key)))
  }
}

/** The keys of an object whose end isn't in the head. */
const keysIn = (line: string, cut: boolean): Fields | undefined =>
  cut
    ? Object.fromEntries(Array.from(line.matchAll(/"((?:[^"\\]|\\.)*)"\s*:/g), ([, key]) => [key as string, null]))
    : undefined
