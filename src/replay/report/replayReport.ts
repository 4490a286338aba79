import { explain, requires, type Policy } from '../../dsl/Policy.js'
import { metricsOf, type TrainingLog } from '../../logs/TrainingLog.js'
import { tabulate } from '../judge/EpochTable.js'
import type { Replay } from '../replay.js'
import { chart, type Series } from './chart.js'
import { decisionTable } from './decisionTable.js'
import { html, page, raw, tableOf, type Html } from './html.js'
import { marksOf } from './marks.js'
import { curvesOf, outcomeOf } from './run.js'

/** One recorded run, and what a policy would have made of it. */
export interface ReplayedRun {
  readonly log: TrainingLog
  readonly replay: Replay
}

/** More curves than these are a tangle. */
const mostCurves = 6

/** What the policy reads, then what everybody looks at, as far as the log has it. */
const shownMetrics = (policy: { readonly spec: Policy['spec'] }, log: TrainingLog): ReadonlyArray<string> => {
  const there = new Set(metricsOf(log))
  const wanted = [...requires(policy), 'loss', 'val_loss']
  const found = [...new Set(wanted)].filter((metric) => there.has(metric))
  return (found.length > 0 ? found : log.metrics).slice(0, mostCurves)
}

const section = (policy: Policy, { log, replay }: ReplayedRun): Html => {
  const metrics = shownMetrics(policy, log)
  const table = tabulate(log)
  const curves = curvesOf(table, metrics)
  const rates: Series = { name: 'recorded learning rate', x: table.epochs, y: table.rates }
  const ours: Series = {
    name: 'under these callbacks',
    x: table.epochs.slice(0, replay.outcome.learningRates.length),
    y: replay.outcome.learningRates,
  }
  const changes = replay.decisions.some(({ command }) => /LearningRate/.test(command._tag))
  return html`<section>
    <h2>${log.path ?? 'log'}</h2>
    <p class="soft">${log.format}, ${log.epochs} epochs</p>
    ${outcomeOf(log, replay)} ${curves.length === 0 ? '' : chart(curves, marksOf(replay), { x: 'epoch', log: true })}
    ${log.hasLearningRate || changes ? chart(changes ? [rates, ours] : [rates], [], { x: 'epoch', log: true }) : ''}
    <h3>Decisions</h3>
    ${decisionTable(replay.decisions)}
    ${
      replay.notes.length === 0
        ? ''
        : html`<ul class="notes">
            ${replay.notes.map((note) => html`<li>${note}</li>`)}
          </ul>`
    }
  </section>`
}

const overview = (runs: ReadonlyArray<ReplayedRun>): Html =>
  tableOf(
    [
      { title: 'run' },
      ...['epochs', 'run', 'saved', 'stops at', 'best'].map((title) => ({ title, number: true })),
      { title: 'verdict' },
    ],
    runs.map(({ log, replay: { outcome } }) => [
      log.path ?? 'log',
      log.epochs,
      outcome.epochsRun,
      log.epochs - outcome.epochsRun,
      outcome.stoppedEpoch ?? '',
      outcome.bestEpoch ?? '',
      html`<span class="badge ${outcome.verdict}">${outcome.verdict}</span>`,
    ]),
  )

/**
 * One self-contained page on what a policy would have done to recorded runs: for each the curves with stops, cuts and saves
 * marked, the decisions with their grounds, and how far that can be trusted. No script and no request; what logs contain is
 * escaped.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay, replayReport } from 'rxfit/replay'
 * const policy = earlyStopping({ patience: 1 })
 * const log = fromEpochs([{ val_loss: 2 }, { val_loss: 3 }, { val_loss: 1 }])
 * replayReport(policy, [{ log, replay: replay(policy, log) }]).includes('stops at epoch 1 of 3') // => true
 */
export const replayReport = <M extends string>(policy: Policy<M>, runs: ReadonlyArray<ReplayedRun>): string => {
  const any = policy as unknown as Policy
  return page('rxfit replay', [
    html`<h1>What would these callbacks have done?</h1>`,
    html`<pre>${explain(any)}</pre>`,
    ...(runs.length > 1 ? [html`<h2>${runs.length} runs</h2>`, overview(runs)] : []),
    ...runs.map((run) => section(any, run)),
    raw(
      '<p class="soft">exact: the log says what would have happened · censored: it ended first · diverged: training would have gone another way</p>',
    ),
  ])
}
