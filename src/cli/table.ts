import { oneLine } from '../logs/text.js'

/** A column of a table; numbers read better at the right. */
export interface Column {
  readonly title: string
  readonly align?: 'right'
}

/** Lines of text in columns, two blanks between them. */
export const table = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
): ReadonlyArray<string> => {
  const all = [columns.map(({ title }) => title), ...rows].map((row) => row.map(oneCell))
  const widths = columns.map((_, i) => Math.max(...all.map((row) => width(row[i] ?? ''))))
  return all.map((row) =>
    columns
      .map(({ align }, i) => {
        const cell = row[i] ?? ''
        const space = ' '.repeat((widths[i] ?? 0) - width(cell))
        return align === 'right' ? space + cell : cell + space
      })
      .join('  ')
      .trimEnd(),
  )
}

/** A cell is one line, and steers no terminal, whatever a file's names hold. */
const oneCell = (cell: string): string => (plain.test(cell) ? cell : oneLine(cell))

const plain = /^[ -~]*$/

const width = (cell: string): number => Array.from(cell).length

/** Names on the left, what they are on the right. */
export const facts = (pairs: ReadonlyArray<readonly [string, string]>): ReadonlyArray<string> => {
  const widest = Math.max(...pairs.map(([name]) => width(name)))
  return pairs.map(([name, value]) => `${name}${' '.repeat(widest - width(name))}  ${value}`.trimEnd())
}

/** As many of them as a person wants to read; `--json` has all. */
export const shorten = <A>(rows: ReadonlyArray<A>, between: (left: number) => A, most = 60): ReadonlyArray<A> =>
  rows.length <= most
    ? rows
    : [...rows.slice(0, most / 2), between(rows.length - most), ...rows.slice(rows.length - most / 2)]
