import { OptionError } from '../dsl/Options.js'
import { fromEpochs, type EpochRow, type EpochsOptions } from '../logs/fromEpochs.js'
import type { TrainingLog } from '../logs/TrainingLog.js'

export interface CurveOptions extends EpochsOptions {
  /** whose curve it is, where only one is drawn. Default 'val_loss' */
  readonly metric?: string
  /** what names in the drawing stand for: `{ a: 0.5 }` */
  readonly values?: Readonly<Record<string, number>>
}

/** A line of columns, and whether it says that the run was completed there. */
interface Line {
  readonly columns: ReadonlyArray<number | null>
  readonly completed: boolean
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const spelled: Readonly<Record<string, number | null>> = {
  '-': null,
  x: NaN,
  NaN,
  Infinity,
  '-Infinity': -Infinity,
}

const wrong = (metric: string, column: number, message: string): never => {
  throw new OptionError([{ path: `curve.${metric}`, message: `column ${column}: ${message}` }])
}

const own = <A>(record: Readonly<Record<string, A>>, name: string): A | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** One line of marbles. */
export const parseMarbles = (text: string, metric: string, values: Readonly<Record<string, number>> = {}): Line => {
  const tokens = text.split(/\s+/).filter((token) => token !== '')
  const end = tokens.indexOf('|')
  if (end >= 0 && end < tokens.length - 1) wrong(metric, end, "'|' ends the run, so nothing may follow it")
  const columns = (end < 0 ? tokens : tokens.slice(0, end)).flatMap((token, i) => {
    const [, name = token, times = '1'] = /^(.+)\*(\d+)$/.exec(token) ?? []
    if (!(Number(times) >= 1 && Number(times) <= 100_000)) wrong(metric, i, `'${token}': expected 1 to 100000 times`)
    const value = own(values, name) ?? (decimal.test(name) ? Number(name) : own(spelled, name))
    if (value === undefined)
      return wrong(
        metric,
        i,
        `'${token}' is no column: expected a number, '-' (missing), 'x' (NaN), '3*5' (five times) or '|' (the end)`,
      )
    return Array.from({ length: Number(times) }, () => value)
  })
  return { columns, completed: end >= 0 }
}

/**
 * A run drawn with marbles: one column an epoch, columns parted by blanks. A number is a value, `-` an epoch in which it wasn't
 * measured, `x` (or `NaN`, `Infinity`, `-Infinity`) what it says, `3*5` five epochs of 3, a name one of `values`. `|` says that
 * the run was completed there; without it the log just ends, and what follows is not known (`censored`). Several metrics are
 * an object of lines of the same length.
 *
 * Throws an `OptionError` that says in which column what is wrong.
 * @category testing
 * @example
 * import { curve } from 'rxfit/testing'
 * curve('5 4 3*2 - x |').epochs // => 6
 * curve({ loss: '3 2 1', val_loss: '3 - 2' }).metrics // => ['loss', 'val_loss']
 */
export const curve = (
  marbles: string | Readonly<Record<string, string>>,
  { metric = 'val_loss', values, ...options }: CurveOptions = {},
): TrainingLog => {
  const drawn = typeof marbles === 'string' ? { [metric]: marbles } : marbles
  const lines = Object.entries(drawn).map(([name, text]) => [name, parseMarbles(text, name, values)] as const)
  const length = Math.max(0, ...lines.map(([, { columns }]) => columns.length))
  const short = lines.find(([, { columns }]) => columns.length !== length)
  if (short) wrong(short[0], short[1].columns.length, `the line ends here, another has ${length} columns`)
  const rows = Array.from({ length }, (_, i): EpochRow =>
    Object.fromEntries(lines.map(([name, { columns }]) => [name, columns[i]])),
  )
  const log = fromEpochs(rows, options)
  return lines.some(([, { completed }]) => completed) ? { ...log, end: 'completed' } : log
}
