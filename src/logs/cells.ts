import { dsvFormat } from 'd3-dsv'
import { endsMidLine, linesOf } from './file.js'
import { LogError } from './TrainingLog.js'

/** One record of a table and the line of the file on which it begins. */
export interface Row {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

/** The records of a text of separated values. `torn`: the last one's line has no end, so it may not be whole. */
export interface Table {
  readonly rows: ReadonlyArray<Row>
  readonly torn: boolean
}

/** The separator of a header: the one that sets a column of that name apart, or else makes the most columns of it. */
export const separatorOf = (header: string, column: string): string => {
  const score = (separator: string): number => {
    const cells = cellsOf(header, separator)
    return cells.length + (cells.includes(column) ? 1000 : 0)
  }
  return [',', ';', '\t'].reduce((best, next) => (score(next) > score(best) ? next : best))
}

/** The cells of one record, without the blanks around them. */
export const cellsOf = (record: string, separator: string): ReadonlyArray<string> =>
  (dsvFormat(separator).parseRows(record)[0] ?? ['']).map((cell) => cell.trim())

const quotes = (text: string): number => text.split('"').length - 1

/** Splits a text into records; blank lines are passed over. Line by line, so that each record's line is known. */
export const tableOf = (text: string, separator: string, path: string): Table => {
  const lines = linesOf(text)
  const format = dsvFormat(separator)
  const rows: Array<Row> = []
  for (let i = 0; i < lines.length; i += 1) {
    const line = i + 1
    let record = lines[i] as string
    if (record.trim() === '') continue
    // an odd number of quotes: the record goes on with the next line
    if (record.includes('"'))
      while (quotes(record) % 2 === 1 && i + 1 < lines.length) record += `\n${lines[(i += 1)] as string}`
    const open = quotes(record) % 2 === 1
    if (open && !(endsMidLine(text) && line === lines.length))
      throw new LogError(path, line, 'a quote is opened and never closed')
    const cells = (format.parseRows(record)[0] ?? []).map((cell) => cell.trim())
    // a torn line's last cell, without its closing quote, is none
    rows.push({ line, cells: open ? cells.slice(0, -1) : cells })
  }
  return { rows, torn: endsMidLine(text) && rows.at(-1)?.line === lines.length }
}
