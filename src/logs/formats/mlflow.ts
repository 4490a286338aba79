import { basename } from 'node:path'
import { layout } from '../Layout.js'
import { numberIn } from '../numberIn.js'
import type { Consumer, Reader } from '../Reader.js'
import { join, Series } from '../series.js'
import { shown } from '../text.js'
import { LogError } from '../TrainingLog.js'

export const mlflowLayout = layout({ format: 'mlflow', word: 'field', time: [['timestamp', 'ms']] })

/** Takes the lines of one metric's file: a time in milliseconds, the value, and since MLflow 1.0 the step. */
export const intoSeries = (series: Series, path: string): Consumer['line'] => {
  return ({ text, number, torn }) => {
    if (text.trim() === '') return
    const [time, value, step = 0, ...more] = text.trim().split(/\s+/).map(numberIn)
    const placed = time !== undefined && Number.isFinite(time) && Number.isFinite(step)
    if (placed && value !== undefined && more.length === 0) {
      series.times.push(time)
      series.values.push(value)
      series.steps.push(step)
    } else if (!torn)
      throw new LogError(path, number, `${shown(text)}: expected a time in milliseconds, a value and a step`)
  }
}

/** A metric's file of an MLflow run; a run's folder is read as a whole. */
export const mlflow = {
  name: 'mlflow',
  looksLike: "a metric's file, or a run's folder, of MLflow: lines such as '1655862485003 0.208 0'",
  matches: ({ lines: [first = ''] }) => /^\d{12,14} [+-]?[\d.naife+-]+( \d+)?$/i.test(first),
  open: ({ path, options }) => {
    const series = new Series(basename(path))
    return { line: intoSeries(series, path), end: () => join([series], path, mlflowLayout, options) }
  },
} as const satisfies Reader
