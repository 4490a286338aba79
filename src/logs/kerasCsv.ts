import { cellsOf, separatorOf, tableOf, type Row } from './cells.js'
import { rateNames, toLog, type EpochRow } from './fromEpochs.js'
import { linesOf } from './file.js'
import type { Reader } from './Reader.js'
import { LogError } from './TrainingLog.js'

const epochColumn = 'epoch'

const digits = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** Digits that no double can hold: '1e400' is not the infinity that Python writes as inf. */
const isHuge = (cell: string): boolean => digits.test(cell) && !Number.isFinite(Number(cell))

/** A value as Python prints it; undefined where the cell holds something else. '1.5abc' is something else. */
const numberIn = (cell: string): number | undefined => {
  if (digits.test(cell)) return Number(cell)
  const word = /^([+-]?)(nan|inf|infinity)$/i.exec(cell)
  if (!word) return undefined
  if (word[2]?.toLowerCase() === 'nan') return NaN
  return word[1] === '-' ? -Infinity : Infinity
}

const isMissing = (cell: string): boolean => cell === 'NA' || cell === ''

/** CSVLogger writes an array as "[a, b]". */
const isVector = (cell: string): boolean => cell.startsWith('[')

interface Column {
  readonly name: string
  readonly at: number
}

type Sorted = { readonly is: 'numbers' } | { readonly is: 'left out'; readonly because: string }

/** What a column holds. Numbers with a few words among them are not text but a damaged file. */
const sort = ({ name, at }: Column, rows: ReadonlyArray<Row>, path: string): Sorted => {
  const present = rows.filter(({ cells }) => !isMissing(cells[at] as string))
  const [first] = present
  if (!first) return { is: 'left out', because: 'NA in every row' }
  const example = first.cells[at] as string
  if (present.some(({ cells }) => isVector(cells[at] as string)))
    return { is: 'left out', because: 'lists, not numbers' }
  const huge = present.find(({ cells }) => isHuge(cells[at] as string))
  if (huge)
    throw new LogError(
      path,
      huge.line,
      `${huge.cells[at]} in column '${name}' is larger than a number can be: expected a number, nan, inf, -inf or NA`,
    )
  const words = present.filter(({ cells }) => numberIn(cells[at] as string) === undefined)
  if (words.length === present.length) return { is: 'left out', because: `text, such as ${JSON.stringify(example)}` }
  const [bad] = words
  if (bad)
    throw new LogError(
      path,
      bad.line,
      `${JSON.stringify(bad.cells[at])} in column '${name}' is not a number: expected a number, nan, inf, -inf or NA`,
    )
  return { is: 'numbers' }
}

const header = (row: Row, path: string): ReadonlyArray<string> => {
  const twice = row.cells.find((name, i) => name !== '' && row.cells.indexOf(name) !== i)
  if (twice !== undefined)
    throw new LogError(path, row.line, `two columns are called '${twice}': expected each name once`)
  if (!row.cells.includes(epochColumn))
    throw new LogError(
      path,
      row.line,
      `no column 'epoch': expected a header such as epoch,loss,val_loss, got ${row.cells.join(',')}`,
    )
  return row.cells
}

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`

/** The rows below the header, each with as many cells as it; notes for those that are left out. */
const body = (
  names: ReadonlyArray<string>,
  rows: ReadonlyArray<Row>,
  torn: boolean,
  path: string,
  notes: Array<string>,
): ReadonlyArray<Row> =>
  rows.filter((row, i) => {
    const isLast = i === rows.length - 1
    if (row.cells.length === names.length && row.cells.every((name, at) => name === names[at])) {
      notes.push(`line ${row.line}: the header once more, left out`)
      return false
    }
    if (torn && isLast) {
      const cut = row.cells.length < names.length || row.cells.at(-1) === '' || row.cells.some(isCut)
      notes.push(
        `line ${row.line}: ${cut ? 'cut off in the middle, left out' : 'has no line end: if it was cut off, its last number is wrong'}`,
      )
      if (cut) return false
    }
    if (row.cells.length !== names.length)
      throw new LogError(
        path,
        row.line,
        `${plural(row.cells.length, 'cell')}, expected ${names.length}, as in the header`,
      )
    return true
  })

/** A number that ends where no number can: `1.5e-`, `-`, `na`. */
const isCut = (cell: string): boolean =>
  /^[+-]?(\d+\.?\d*|\.\d+)?e[+-]?$|^[+-]?\.?$|^[+-]?(n|na|i|in)$/.test(cell) && cell !== ''

const epochOf = (row: Row, at: number, path: string): number => {
  const cell = row.cells[at] as string
  const epoch = numberIn(cell)
  if (epoch === undefined || !Number.isSafeInteger(epoch) || epoch < 0)
    throw new LogError(path, row.line, `${JSON.stringify(cell)} in column 'epoch': expected a whole number from 0`)
  return epoch
}

interface Numbered extends Row {
  readonly epoch: number
}

/** A run ends where the epoch doesn't rise: CSVLogger(append=True) writes the next one below it. */
const runsOf = (rows: ReadonlyArray<Numbered>): ReadonlyArray<ReadonlyArray<Numbered>> => {
  const runs: Array<Array<Numbered>> = []
  for (const row of rows) {
    const current = runs.at(-1)
    if (current && row.epoch > (current.at(-1) as Numbered).epoch) current.push(row)
    else runs.push([row])
  }
  return runs
}

const linesIn = (run: ReadonlyArray<Row>): string => {
  const [first, last] = [run[0]?.line, run.at(-1)?.line]
  return first === last ? `line ${first}` : `lines ${first} to ${last}`
}

/** A file can hold thousands of runs, one epoch each: the first few and the last show which lines they are. */
const listRuns = (runs: ReadonlyArray<ReadonlyArray<Row>>): string => {
  const shown = runs.length <= 6 ? runs : [...runs.slice(0, 4), undefined, ...runs.slice(-1)]
  return shown.map((run) => (run ? linesIn(run) : '…')).join(', ')
}

const epochNotes = (run: ReadonlyArray<Numbered>): ReadonlyArray<string> => {
  const [first, last] = [run[0]?.epoch ?? 0, run.at(-1)?.epoch ?? 0]
  const gap = run.findIndex((row, i) => i > 0 && row.epoch !== (run[i - 1] as Numbered).epoch + 1)
  return [
    `epoch: column 'epoch', ${first} to ${last}`,
    ...(gap < 0
      ? []
      : [
          `line ${run[gap]?.line}: epoch ${run[gap]?.epoch} follows on epoch ${run[gap - 1]?.epoch}; those between are not in the log`,
        ]),
  ]
}

const read: Reader['read'] = (file, options) => {
  const { path } = file
  const text = file.text()
  const first = linesOf(text).find((line) => line.trim() !== '') ?? ''
  const { rows, torn } = tableOf(text, separatorOf(first, epochColumn), path)
  const [top, ...below] = rows
  if (!top) throw new LogError(path, null, 'is empty, expected a log')
  const names = header(top, path)
  const skipped: Array<string> = []
  const at = names.indexOf(epochColumn)
  const numbered = body(names, below, torn, path, skipped).map((row) => ({ ...row, epoch: epochOf(row, at, path) }))
  const runs = runsOf(numbered)
  const run = runs.at(-1)
  if (!run)
    throw new LogError(
      path,
      top.line,
      `no rows: expected at least one below the header${skipped.length > 0 ? ` (${skipped.join('; ')})` : ''}`,
    )

  const columns = names.flatMap((name, i): ReadonlyArray<Column> => (i === at || name === '' ? [] : [{ name, at: i }]))
  const sorted = columns.map((column) => ({ ...column, ...sort(column, run, path) }))
  const kept = sorted.filter((column) => column.is === 'numbers')
  const left = sorted.flatMap((column) => (column.is === 'left out' ? [`${column.name} (${column.because})`] : []))
  if (kept.length === 0)
    throw new LogError(
      path,
      run[0]?.line ?? null,
      `no column of numbers beside 'epoch'${left.length > 0 ? `: ${left.join(', ')}` : ''}`,
    )

  const measured = run.map(({ cells }): EpochRow =>
    Object.fromEntries(
      kept.flatMap(({ name, at }) => {
        const cell = cells[at] as string
        return isMissing(cell) ? [] : [[name, numberIn(cell) as number] as const]
      }),
    ),
  )
  const rate = rateNames.find((name) => kept.some((column) => column.name === name))
  const metrics = kept.map(({ name }) => name).filter((name) => name !== rate)
  return toLog(measured, options, {
    format: kerasCsv.name,
    path,
    lines: run.map(({ line }) => line),
    epochs: run.map(({ epoch }) => epoch),
    notes: [
      ...(runs.length > 1
        ? [`${runs.length} runs in this file (${listRuns(runs)}): the last is taken, ${linesIn(run)}`]
        : []),
      ...epochNotes(run),
      rate === undefined
        ? `learning rate: ${options.learningRate === undefined ? 'not in the log' : `${options.learningRate}, as given`}`
        : `learning rate: column '${rate}', as in force during the epoch`,
      `metrics: ${metrics.join(', ') || 'none'}`,
      ...(left.length > 0 ? [`left out: ${left.join(', ')}`] : []),
      ...(names.includes('') ? ['left out: a column without a name'] : []),
      ...skipped,
    ],
  })
}

/** A table whose header has `epoch`; one with `step` beside it is another logger's. */
const matches = (head: string): boolean => {
  const first = linesOf(head.replace(/^\uFEFF/, '')).find((line) => line.trim() !== '') ?? ''
  const names = cellsOf(first, separatorOf(first, epochColumn))
  return names.includes(epochColumn) && !names.includes('step')
}

/** CSV files as Keras' CSVLogger writes them, with any of the separators `,` `;` and tab. */
export const kerasCsv = {
  name: 'keras-csv',
  looksLike: "a table with a header that has an 'epoch' column",
  matches,
  read,
} as const satisfies Reader
