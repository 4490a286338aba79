import { dsvFormat } from 'd3-dsv'

/** What stands between cells; ' ' is any number of blanks. */
export type Separator = string

/** The separator of a header: the one that sets one of these columns apart, or else makes the most columns of it. */
export const separatorOf = (header: string, columns: ReadonlyArray<string> = ['epoch']): Separator => {
  const score = (separator: string): number => {
    const cells = cellsOf(header, separator)
    return cells.length + (cells.some((cell) => columns.includes(cell.toLowerCase())) ? 1000 : 0)
  }
  const best = [',', ';', '\t'].reduce((left, right) => (score(right) > score(left) ? right : left))
  return score(best) % 1000 === 1 && /\S\s+\S/.test(header) ? ' ' : best
}

/** The cells of one record, without the blanks around them. */
export const cellsOf = (record: string, separator: Separator): ReadonlyArray<string> => {
  if (separator === ' ') return record.trim().split(/\s+/)
  const cells = record.includes('"') ? (dsvFormat(separator).parseRows(record)[0] ?? ['']) : record.split(separator)
  for (let i = 0; i < cells.length; i += 1) {
    const cell = cells[i] as string
    // most cells have no blanks around them, and making a new text of each takes its time
    if (
      cell !== '' &&
      (cell.charCodeAt(0) < 33 ||
        cell.charCodeAt(cell.length - 1) < 33 ||
        cell.charCodeAt(0) > 126 ||
        cell.charCodeAt(cell.length - 1) > 126)
    )
      cells[i] = cell.trim()
  }
  return cells
}

export const quotes = (text: string): number => text.split('"').length - 1
