import type { TrainingLog } from '../../logs/TrainingLog.js'
import { tabulate, type EpochTable } from '../judge/EpochTable.js'
import { recordedDecisions } from '../recorded.js'
import { show } from '../words.js'
import { chart, type Series } from './chart.js'
import { decisionTable } from './decisionTable.js'
import { html, page, tableOf, type Html } from './html.js'
import { marksOfDecisions } from './marks.js'
import { curvesOf } from './run.js'

const ends = {
  completed: 'completed: the planned end was reached',
  stopped: 'stopped before its planned end',
  unknown: 'the log doesn’t say how it ended',
} as const

/** More charts than these are no overview. */
const mostCharts = 24

/** `loss` and `val_loss` are looked at together. */
const grouped = (metrics: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const groups = new Map<string, Array<string>>()
  for (const metric of metrics) {
    const base = metric.replace(/^(val|train|test|eval)[_/]/, '')
    groups.set(base, [...(groups.get(base) ?? []), metric])
  }
  return [...groups.values()]
}

const metricRow = (table: EpochTable, name: string): ReadonlyArray<string> => {
  const { values } = table.metric(name)
  const measured = Array.from(values).filter((x) => !Number.isNaN(x))
  const cell = (x: number | undefined): string => (x === undefined ? '' : show(x))
  const of = (pick: (a: number, b: number) => number): number | undefined =>
    measured.length === 0 ? undefined : measured.reduce((a, b) => pick(a, b))
  return [name, ...[measured[0], measured.at(-1), of(Math.min), of(Math.max)].map(cell)]
}

const section = (log: TrainingLog): Html => {
  const table = tabulate(log)
  const decisions = recordedDecisions(log)
  const marks = marksOfDecisions(decisions)
  const groups = grouped(log.metrics)
  const rates: Series = { name: 'learning rate', x: table.epochs, y: table.rates }
  const columns = [{ title: 'metric' }, ...['first', 'last', 'min', 'max'].map((title) => ({ title, number: true }))]
  return html`<section>
    <h2>${log.path ?? 'log'}</h2>
    <p class="soft">${log.format}, ${log.epochs} epochs, counted from 0; ${ends[log.end]}</p>
    ${groups.slice(0, mostCharts).map(
      (group) =>
        html`<h3>${group.join(', ')}</h3>
          ${chart(curvesOf(table, group), marks, { x: 'epoch', log: true })}`,
    )}
    ${groups.length > mostCharts ? html`<p class="soft">${groups.length - mostCharts} more groups of metrics are in the table.</p>` : ''}
    ${
      log.hasLearningRate
        ? html`<h3>learning rate</h3>
            ${chart([rates], marks, { x: 'epoch', log: true })}`
        : ''
    }
    <h3>Metrics</h3>
    ${tableOf(
      columns,
      log.metrics.map((name) => metricRow(table, name)),
    )}
    ${
      log.commands === undefined
        ? ''
        : html`<h3>Decisions</h3>
            ${decisionTable(decisions, false)}`
    }
    ${
      log.notes.length === 0
        ? ''
        : html`<ul class="notes">
            ${log.notes.map((note) => html`<li>${note}</li>`)}
          </ul>`
    }
  </section>`
}

/**
 * One self-contained page on recorded runs as they were: for each the curves, the learning rate, and, of rxfit's own records, what the
 * policies decided, marked over the curves. No script and no request; what logs contain is escaped.
 * @category replay
 * @example
 * import { fromEpochs } from 'rxfit/logs'
 * import { logReport } from 'rxfit/replay'
 * const page = logReport([fromEpochs([{ loss: 2 }, { loss: 1 }], { learningRate: 0.1 })])
 * page.match(/<svg/g)?.length // => 2
 */
export const logReport = (logs: ReadonlyArray<TrainingLog>): string =>
  page('rxfit inspect', [
    html`<h1>${logs.length === 1 ? 'A recorded run' : `${logs.length} recorded runs`}</h1>`,
    ...logs.map(section),
  ])
