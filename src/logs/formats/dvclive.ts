import { basename, extname, sep } from 'node:path'
import { numberIn } from '../numberIn.js'
import { layout } from '../Layout.js'
import type { Consumer, Reader } from '../Reader.js'
import { join, Series } from '../series.js'
import { shown } from '../text.js'
import { LogError } from '../TrainingLog.js'

export const dvcliveLayout = layout({ format: 'dvclive', time: [['timestamp', 'ms']] })

const isHeader = (cells: ReadonlyArray<string>): boolean =>
  cells.includes('step') &&
  cells.length <= 3 &&
  cells.every((cell, i) => i === cells.length - 1 || cell === 'step' || cell === 'timestamp')

/** Takes the lines of one metric's file. */
export const intoSeries = (series: Series, path: string): Consumer['line'] => {
  let names: ReadonlyArray<string> | undefined
  return ({ text, number, torn }) => {
    if (text.trim() === '') return
    const cells = text.split('\t').map((cell) => cell.trim())
    if (!names) {
      if (!isHeader(cells))
        throw new LogError(path, number, `${shown(text)}: expected a header such as step, tab, loss`)
      names = cells
      return
    }
    const [step, time] = [
      numberIn(cells[names.indexOf('step')] ?? ''),
      numberIn(cells[names.indexOf('timestamp')] ?? ''),
    ]
    const value = numberIn(cells[names.length - 1] ?? '')
    const placed = step !== undefined && Number.isFinite(step) && (time === undefined || Number.isFinite(time))
    if (cells.length === names.length && placed && value !== undefined) {
      series.steps.push(step)
      series.values.push(value)
      if (time !== undefined) series.times.push(time)
    } else if (!torn)
      throw new LogError(path, number, `${shown(text)}: expected ${names.join(', ')}, numbers separated by tabs`)
  }
}

/** The metric that a file is named after: its folders below `metrics` or `scalars` are part of the name. */
export const metricOf = (path: string): string => {
  const parts = path.split(sep)
  const at = Math.max(parts.lastIndexOf('metrics'), parts.lastIndexOf('scalars'))
  const named = at < 0 ? basename(path) : parts.slice(at + 1).join('/')
  return named.slice(0, named.length - extname(named).length)
}

/** A metric's file of DVCLive; a folder of them is read as a whole. */
export const dvclive = {
  name: 'dvclive',
  looksLike: "a metric's file, or the folder, of DVCLive: a table of 'step' and one metric, separated by tabs",
  matches: ({ lines: [first = ''] }) => first.includes('\t') && isHeader(first.split('\t').map((cell) => cell.trim())),
  open: ({ path, options }) => {
    const series = new Series(metricOf(path))
    return { line: intoSeries(series, path), end: () => join([series], path, dvcliveLayout, options) }
  },
} as const satisfies Reader
