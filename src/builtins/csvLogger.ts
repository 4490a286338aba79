import { appendRow, none, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { flag, oneOf, parse, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { pythonRepr } from '../dsl/PythonFormat.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { cell } from './internal/csv.js'
import * as v from 'valibot'

export interface CSVLoggerOptions {
  /** the file */
  readonly filename: string
  /** one character between the cells. Default ',' */
  readonly separator?: string
  /** go on with an existing file, whose header stays. Default false: the file begins anew */
  readonly append?: boolean
  /** 'rxfit' (default) and 'keras3' make the file when training begins, 'tfkeras2' with the first row */
  readonly dialect?: 'rxfit' | 'keras3' | 'tfkeras2'
}

export const csvLoggerSchema = v.strictObject({
  filename: text,
  separator: v.optional(v.pipe(v.string(), v.length(1, 'must be one character')), ','),
  append: v.optional(flag, false),
  dialect: v.optional(oneOf('rxfit', 'keras3', 'tfkeras2'), 'rxfit'),
})

/** A value as Python writes it. Keras lets other callbacks put text and lists into the logs; a live run has numbers only. */
const show = (value: unknown): string => {
  if (typeof value === 'number') return pythonRepr(value)
  return Array.isArray(value) ? `"[${value.map(show).join(', ')}]"` : String(value)
}

const by = 'csvLogger'

/**
 * Writes each epoch's metrics as a row of a CSV file, byte for byte as Keras 3's CSVLogger: the first epoch fixes the
 * columns (`epoch`, then the names sorted, with `val_` columns of `NA` if there was no validation); a metric that is missing
 * later is `NA`, a new one is dropped; numbers are written as Python writes them; lines end in CR LF. With `append` the header
 * is written only into an empty file.
 * @category builtins
 * @see https://keras.io/api/callbacks/csv_logger/
 * @example
 * import { csvLogger } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const rows = commands(csvLogger({ filename: 'log.csv' }), [{ loss: 1, val_loss: 0.25 }])
 * rows.at(-1) // => { _tag: 'AppendRow', path: 'log.csv', row: '0,1.0,0.25\r\n', header: 'epoch,loss,val_loss\r\n', by: 'csvLogger' }
 */
export const csvLogger = (options: CSVLoggerOptions): Policy<never> => {
  const { filename, separator, append, dialect } = parse('csvLogger', csvLoggerSchema, options)
  const line = (cells: ReadonlyArray<string>): string => `${cells.map((c) => cell(c, separator)).join(separator)}\r\n`
  // what Python writes for a number holds none of the usual separators
  const plain = !/[\w.+-]/.test(separator)
  const late = dialect === 'tfkeras2'
  return make<never>(
    Machine.make(
      { kind: 'csvLogger', options: { ...options }, events: late ? ['EpochEnd'] : ['TrainBegin', 'EpochEnd'] },
      null as ReadonlyArray<string> | null,
      (columns, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, ReadonlyArray<string> | null] => {
        if (event._tag === 'TrainBegin')
          // Keras 3 opens the file here, which makes an empty one where there is none
          return append && dialect === 'rxfit'
            ? [none, columns]
            : [[{ by, ...appendRow(filename, '', append ? {} : { truncate: true }) }], columns]
        const names = columns ?? columnsOf(Object.keys(event.logs))
        const values = event.logs as Readonly<Record<string, unknown>>
        let row = String(event.epoch)
        for (const name of names) {
          const value = values[name]
          const content = value === undefined ? 'NA' : show(value)
          row += separator + (plain && typeof value === 'number' ? content : cell(content, separator))
        }
        row += '\r\n'
        if (columns !== null) return [[{ _tag: 'AppendRow', path: filename, row, by }], columns]
        const header = line(['epoch', ...names])
        return [[{ by, ...appendRow(filename, row, { header, ...(late && !append && { truncate: true }) }) }], names]
      },
    ),
  )
}

/** Sorted by code point, as Python sorts. */
const columnsOf = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const sorted = [...names].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return sorted.some((name) => name.startsWith('val_')) ? sorted : [...sorted, ...sorted.map((name) => `val_${name}`)]
}
