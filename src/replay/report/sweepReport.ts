import { explain, type Policy } from '../../dsl/Policy.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import { tabulate } from '../judge/EpochTable.js'
import { replay } from '../replay.js'
import type { Candidate } from '../sweep/Candidate.js'
import { open, type PackedLog } from '../sweep/PackedLog.js'
import { candidatesOf } from '../sweep/plan.js'
import type { PolicySummary, Sweep } from '../sweep/Result.js'
import { between, brief, choiceInWords, counted, frontInWords, headline, percent, twinsOf } from '../sweep/words.js'
import { chart, type Series } from './chart.js'
import { html, page, tableOf, type Html } from './html.js'
import { marksOf } from './marks.js'
import { curvesOf, outcomeOf } from './run.js'

/** More rows and more charts than these nobody reads; `--csv` and `--json` have all. */
const [mostRows, mostCharts] = [300, 24]

/** Policies that differ from those before them, and end somewhere. */
const distinct = ({ policies }: Sweep): ReadonlyArray<number> =>
  policies.flatMap(({ sameAs, epochs }, i) => (sameAs === i && epochs !== null ? [i] : []))

/** Mean epochs against mean regret, the front apart from what is dominated. */
const plot = (result: Sweep): Html => {
  const { policies, choice, judge } = result
  const points = (name: string, colour: string, size: number, some: ReadonlyArray<number>): Series => ({
    name,
    colour,
    x: some.map((i) => policies[i]?.epochs ?? NaN),
    y: some.map((i) => policies[i]?.regret ?? NaN),
    points: size,
  })
  const ends = [...distinct(result)].sort((a, b) => (policies[a]?.epochs ?? 0) - (policies[b]?.epochs ?? 0))
  const endless = ends.filter((i) => policies[i]?.regret === Infinity).length
  const series = [
    points(
      'dominated',
      '#9aa3ad',
      4,
      ends.filter((i) => !policies[i]?.onFront),
    ),
    points('on the front', '#2f6fde', 5, result.front),
    points('chosen', '#d9480f', 7, choice === null ? [] : [choice.policy]),
  ].filter(({ x }) => x.length > 0)
  return html`${chart(series, [], { x: 'mean epochs run', y: `mean regret, ${judge.metric}` })}${
    endless === 0
      ? ''
      : html`<p class="soft">
          ${counted(endless, 'policy', 'policies')} with an infinite regret (NaN is kept) can’t be drawn.
        </p>`
  }`
}

const policyTable = (result: Sweep, some: ReadonlyArray<number>): Html => {
  const { policies, choice } = result
  const twins = twinsOf(result)
  const numbers = [
    ...['epochs', '95%', 'saved', 'regret', '95%', 'worst', 'median stop', 'premature', 'wasted'],
    ...['exact', 'diverged', 'censored', 'unjudged'],
  ]
  const left = some.length - mostRows
  return html`${tableOf(
    [{ title: 'settings' }, ...numbers.map((title) => ({ title, number: true }))],
    some.slice(0, mostRows).map((position) => {
      const policy = policies[position] as PolicySummary
      const { exact, diverged, censored, unjudged } = policy.verdicts
      const others = twins.get(position) ?? 0
      return [
        `${position === choice?.policy ? '* ' : ''}${policy.name}${others > 0 ? ` (and ${others} more to the same effect)` : ''}`,
        brief(policy.epochs),
        between(policy.epochsInterval),
        percent(policy.shareSaved),
        brief(policy.regret),
        between(policy.regretInterval),
        brief(policy.worstRegret),
        brief(policy.stopEpoch),
        `${policy.premature} of ${policy.stops}`,
        brief(policy.wasted),
        ...[exact, diverged, censored, unjudged],
      ]
    }),
    (row) => some[row] === choice?.policy,
  )}${left > 0 ? html`<p class="soft">${left} more are left out here; CSV and JSON have all.</p>` : ''}`
}

/** A run under the chosen policy. */
const section = (policy: Policy<never>, given: TrainingLog | PackedLog, metric: string, rate: object): Html => {
  const log = open(given)
  const replayed = replay(policy, log, rate)
  return html`<section>
    <h3>${log.path ?? 'log'}</h3>
    ${outcomeOf(log, replayed)}
    ${chart(curvesOf(tabulate(log), [metric]), marksOf(replayed), { x: 'epoch', log: true })}
  </section>`
}

/**
 * A sweep as one self-contained page: mean epochs against mean regret with the Pareto front, the choice and what it is worth on
 * other runs, the front and all policies as tables, and each run's curve with what the chosen policy does to it. Takes the
 * policies and the logs that the sweep was made of. No script and no request; what logs contain is escaped.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { grid, sweep, sweepReport } from 'rxfit/replay'
 * const logs = [[3, 2, 2.5, 1], [2, 1, 1.5, 1.6]].map((values) => fromEpochs(values.map((val_loss) => ({ val_loss }))))
 * const policies = grid(earlyStopping(), { 'earlyStopping.patience': '1..2' })
 * const page = sweepReport(sweep(policies, logs, { judge: 'val_loss', completed: true }), policies, logs)
 * page.includes('2 policies on 2 runs') // => true
 */
export const sweepReport = <M extends string>(
  result: Sweep,
  given: ReadonlyArray<Candidate | Policy<M>>,
  logs: ReadonlyArray<TrainingLog | PackedLog>,
  options: { readonly learningRate?: number } = {},
): string => {
  const candidates = candidatesOf(given)
  const { runs, front, choice, judge, notes, policies } = result
  const all = [...distinct(result)].sort(
    (a, b) =>
      (policies[a]?.regret ?? 0) - (policies[b]?.regret ?? 0) ||
      (policies[a]?.epochs ?? 0) - (policies[b]?.epochs ?? 0),
  )
  const chosen = choice === null ? undefined : candidates[choice.policy]?.policy
  return page('rxfit sweep', [
    html`<h1>Which settings would have served these runs?</h1>`,
    html`<p>${headline(result)}</p>`,
    ...choiceInWords(result).map(([name, words]) => html`<p>${name === '' ? '' : html`<b>${name}</b>: `}${words}</p>`),
    ...(front.length === 0
      ? [html`<p>no policy ends in any run</p>`]
      : [
          html`<h2>Epochs and regret</h2>`,
          plot(result),
          html`<p class="soft">front: ${frontInWords(result)}</p>`,
          html`<h2>The front</h2>`,
          policyTable(result, front),
        ]),
    ...(notes.length === 0
      ? []
      : [
          html`<ul class="notes">
            ${notes.map((note) => html`<li>${note}</li>`)}
          </ul>`,
        ]),
    ...(chosen === undefined
      ? []
      : [
          html`<h2>${counted(runs.length, 'run')} under the chosen policy</h2>`,
          html`<pre>${explain(chosen)}</pre>`,
          ...runs
            .slice(0, mostCharts)
            .map(({ log }) => section(chosen, logs[log] as TrainingLog | PackedLog, judge.metric, options)),
          ...(runs.length > mostCharts
            ? [html`<p class="soft">${runs.length - mostCharts} more runs are left out here.</p>`]
            : []),
        ]),
    html`<h2>All policies that differ</h2>`,
    html`<details>
      <summary>${counted(all.length, 'policy', 'policies')}, by their regret</summary>
      ${policyTable(result, all)}
    </details>`,
  ])
}
