import { show } from '../replay/words.js'
import { logReport } from '../replay/report/logReport.js'
import { readLog } from '../logs/readLog.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { expand, passedOver, readOptions, type LogOptions } from './logs.js'
import { survey, type LogSummary, type Survey } from './summary.js'
import { facts, table } from './table.js'
import { toJson } from './toJson.js'
import { writeWhole } from './writeWhole.js'

export interface InspectOptions extends LogOptions {
  readonly json?: boolean
  readonly html?: string
}

const ends = {
  completed: 'completed: the planned end was reached',
  stopped: 'stopped before its planned end',
  unknown: "unknown: the log doesn't say",
} as const

const optional = (x: number | null): string => (x === null ? '' : show(x))

const rateOf = ({ learningRate: rate }: LogSummary): string => {
  if (rate === null) return 'not in the log'
  return rate.min === rate.max
    ? `${show(rate.first)} throughout`
    : `${show(rate.first)} to ${show(rate.last)}, between ${show(rate.min)} and ${show(rate.max)}`
}

const units = { epoch: '', evaluation: ', each an evaluation', row: ', each a record' } as const

const epochsOf = ({ epochs, firstEpoch, lastEpoch, unit, rows }: LogSummary): string => {
  const made = rows === null || rows === epochs ? '' : `, of ${rows} rows`
  return epochs === 0 ? '0' : `${epochs} (${firstEpoch} to ${lastEpoch}, from 0)${units[unit]}${made}`
}

const report = ({ summary, trends }: Survey): string => {
  const rows = summary.metrics.map((metric, i) => [
    metric.name,
    ...[metric.first, metric.last, metric.min, metric.max, metric.bestEpoch].map(optional),
    trends[i] ?? '',
  ])
  const right = (title: string) => ({ title, align: 'right' }) as const
  return [
    summary.path ?? 'log',
    ...facts([
      ['format', summary.format],
      ['epochs', epochsOf(summary)],
      ['learning rate', rateOf(summary)],
      ['end', ends[summary.end]],
    ]),
    '',
    ...table([{ title: 'metric' }, ...['first', 'last', 'min', 'max', 'best epoch'].map(right), { title: '' }], rows),
    '',
    ...summary.notes.map((note) => `note: ${note}`),
  ].join('\n')
}

/** `rxfit inspect LOG…`: what is in these logs, and what was taken for what. */
export const inspect = async (paths: ReadonlyArray<string>, options: InspectOptions): Promise<string> => {
  const { logs, passed } = await expand(paths)
  const surveys: Array<Survey> = []
  const read: Array<TrainingLog> = []
  for (const path of logs) {
    const log = await readLog(path, readOptions(options))
    surveys.push(survey(log))
    if (options.html !== undefined) read.push(log)
  }
  if (options.html !== undefined) await writeWhole(options.html, logReport(read), logs)
  const summaries = surveys.map(({ summary }) => summary)
  if (options.json) return `${toJson(summaries.length === 1 ? summaries[0] : { logs: summaries })}\n`
  return `${[...surveys.map(report), ...passedOver(passed)].join('\n\n')}\n`
}
