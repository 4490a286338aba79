import { readLog } from '../logs/readLog.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { sparkline } from './sparkline.js'
import { endsOf, summarize, type LogSummary } from './summary.js'
import { facts, show, table } from './table.js'
import { toJson } from './toJson.js'

export interface InspectOptions {
  readonly json?: boolean
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

const report = (log: TrainingLog): string => {
  const summary = summarize(log)
  const { epochs, firstEpoch, lastEpoch } = summary
  const happened = endsOf(log)
  const rows = summary.metrics.map((metric) => [
    metric.name,
    ...[metric.first, metric.last, metric.min, metric.max, metric.bestEpoch].map(optional),
    sparkline(happened.map((event) => (Object.hasOwn(event.logs, metric.name) ? event.logs[metric.name] : undefined))),
  ])
  const right = (title: string) => ({ title, align: 'right' }) as const
  return [
    log.path ?? 'log',
    ...facts([
      ['format', summary.format],
      ['epochs', epochs === 0 ? '0' : `${epochs} (${firstEpoch} to ${lastEpoch}, from 0)`],
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
export const inspect = async (paths: ReadonlyArray<string>, { json = false }: InspectOptions): Promise<string> => {
  const logs: Array<TrainingLog> = []
  for (const path of paths) logs.push(await readLog(path))
  if (!json) return `${logs.map(report).join('\n\n')}\n`
  const summaries = logs.map(summarize)
  return `${toJson(summaries.length === 1 ? summaries[0] : { logs: summaries })}\n`
}
