import { explain, requires, type Policy } from '../../dsl/Policy.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import { eventsOf } from '../../logs/lazy.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import type { Decision } from '../../runtime/Decision.js'
import type { Replay } from '../replay.js'
import { describe, reasons } from '../words.js'
import { chart, type Mark, type Series } from './chart.js'
import { html, page, raw, tableOf, type Html } from './html.js'

/** One recorded run, and what a policy would have made of it. */
export interface ReplayedRun {
  readonly log: TrainingLog
  readonly replay: Replay
}

/** More curves than these are a tangle. */
const mostCurves = 6

interface Columns {
  readonly epochs: Array<number>
  readonly rates: Array<number>
  readonly values: Readonly<Record<string, Array<number>>>
}

/** The ends of a log's epochs, as columns of those metrics. */
export const columnsOf = (log: TrainingLog, metrics: ReadonlyArray<string>): Columns => {
  const columns: Columns = {
    epochs: [],
    rates: [],
    values: Object.fromEntries(metrics.map((metric) => [metric, [] as Array<number>])),
  }
  for (const event of eventsOf(log)) {
    if (event._tag !== 'EpochEnd') continue
    columns.epochs.push(event.epoch)
    columns.rates.push(event.lr)
    for (const metric of metrics) (columns.values[metric] as Array<number>).push(valueOf(event, log, metric))
  }
  return columns
}

/** By names of their own: a metric may be called `toString`, and every object has that. */
const valueOf = ({ logs }: TrainingEvent, { aliases = {} }: TrainingLog, metric: string): number => {
  const known = Object.hasOwn(logs, metric) ? metric : Object.hasOwn(aliases, metric) ? aliases[metric] : undefined
  return known !== undefined && Object.hasOwn(logs, known) ? (logs[known] as number) : NaN
}

/** What the policy reads, then what everybody looks at, as far as the log has it. */
const shownMetrics = (
  policy: { readonly spec: Policy['spec'] },
  { metrics, aliases }: TrainingLog,
): ReadonlyArray<string> => {
  const there = new Set([...metrics, ...Object.keys(aliases ?? {})])
  const wanted = [...requires(policy), 'loss', 'val_loss']
  const found = [...new Set(wanted)].filter((metric) => there.has(metric))
  return (found.length > 0 ? found : metrics).slice(0, mostCurves)
}

const kinds: Readonly<Record<string, Mark['kind']>> = {
  StopTraining: 'stop',
  SetLearningRate: 'cut',
  ScaleLearningRate: 'cut',
  SaveModel: 'save',
}

const marksOf = ({ decisions, outcome }: Replay): ReadonlyArray<Mark> => [
  ...decisions.flatMap((decision): ReadonlyArray<Mark> => {
    const kind = kinds[decision.command._tag]
    return kind ? [{ kind, x: decision.epoch, text: `epoch ${decision.epoch}: ${describe(decision.command)}` }] : []
  }),
  ...(outcome.bestEpoch === null
    ? []
    : [{ kind: 'best', x: outcome.bestEpoch, text: `epoch ${outcome.bestEpoch}: best` } as const]),
]

/** Saves come by the hundred: of each kind no more are drawn than can be told apart. */
const fewer = (marks: ReadonlyArray<Mark>): ReadonlyArray<Mark> => {
  const counts = new Map<string, number>()
  return marks.filter(({ kind }) => {
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    return count <= 60
  })
}

const facts = ({ epochs }: TrainingLog, { outcome }: Replay): Html => {
  const { epochsRun, stoppedEpoch, reason, bestEpoch, restoredEpoch, divergedAt, verdict } = outcome
  const saved = epochs - epochsRun
  return html`<p>
      <span class="badge ${verdict}">${verdict}</span> ${
        stoppedEpoch === null
          ? `does not stop in the ${epochs} epochs of the log`
          : `stops at epoch ${stoppedEpoch} of ${epochs} (${saved} saved): ${reason ?? ''}`
      }${verdict === 'censored' ? '; the log ended before it would have' : ''}${
        divergedAt === null ? '' : `; from epoch ${divergedAt} on the metrics would have been others`
      }
    </p>
    <p class="soft">
      ${[
        `${epochsRun} epochs run`,
        ...(bestEpoch === null ? [] : [`best epoch ${bestEpoch}`]),
        ...(restoredEpoch === null ? [] : [`weights of epoch ${restoredEpoch} put back`]),
      ].join(' · ')}.
      Epochs count from 0.
    </p>`
}

const mostRows = 200

const decisionTable = (decisions: ReadonlyArray<Decision>): Html => {
  if (decisions.length === 0) return html`<p class="soft">no decisions</p>`
  const rows = decisions
    .slice(0, mostRows)
    .map((decision) => [
      decision.batch === null ? decision.epoch : `${decision.epoch}, batch ${decision.batch}`,
      describe(decision.command),
      decision.by,
      reasons(decision.why),
      html`<span class="badge ${decision.validity}">${decision.validity}</span>`,
    ])
  const columns = [
    { title: 'epoch', number: true },
    ...['decision', 'by', 'because', 'validity'].map((title) => ({ title })),
  ]
  const left = decisions.length - rows.length
  return html`${tableOf(columns, rows)}${left > 0 ? html`<p class="soft">${left} more decisions are left out.</p>` : ''}`
}

const seriesOf = (
  log: TrainingLog,
  metrics: ReadonlyArray<string>,
): { readonly curves: ReadonlyArray<Series>; readonly rates: Series } => {
  const { epochs, rates, values } = columnsOf(log, metrics)
  return {
    curves: metrics.map((name) => ({ name, x: epochs, y: values[name] ?? [] })),
    rates: { name: 'recorded learning rate', x: epochs, y: rates },
  }
}

const section = (policy: Policy, { log, replay }: ReplayedRun): Html => {
  const metrics = shownMetrics(policy, log)
  const { curves, rates } = seriesOf(log, metrics)
  const marks = fewer(marksOf(replay))
  const ours: Series = {
    name: 'under these callbacks',
    x: (rates.x as ReadonlyArray<number>).slice(0, replay.outcome.learningRates.length),
    y: replay.outcome.learningRates,
  }
  const changes = replay.decisions.some(({ command }) => /LearningRate/.test(command._tag))
  return html`<section>
    <h2>${log.path ?? 'log'}</h2>
    <p class="soft">${log.format}, ${log.epochs} epochs</p>
    ${facts(log, replay)} ${curves.length === 0 ? '' : chart(curves, marks, { x: 'epoch', log: true })}
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
