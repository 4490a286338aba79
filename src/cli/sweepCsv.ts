import { csvFormat } from 'd3-dsv'
import type { Json } from '../dsl/Json.js'
import { union } from '../dsl/Spec.js'
import type { PolicySummary, Sweep } from '../replay/sweep/Result.js'

const cell = (x: Json | undefined): string =>
  x === null || x === undefined ? '' : typeof x === 'object' ? JSON.stringify(x) : String(x)

const row = (policy: PolicySummary, position: number, settings: ReadonlyArray<string>): Record<string, string> => ({
  policy: String(position),
  ...Object.fromEntries(settings.map((path) => [path, cell(policy.settings[path])])),
  epochs: cell(policy.epochs),
  epochs_low: cell(policy.epochsInterval?.[0]),
  epochs_high: cell(policy.epochsInterval?.[1]),
  epochs_saved: cell(policy.epochsSaved),
  share_saved: cell(policy.shareSaved),
  seconds_saved: cell(policy.secondsSaved),
  regret: cell(policy.regret),
  regret_low: cell(policy.regretInterval?.[0]),
  regret_high: cell(policy.regretInterval?.[1]),
  median_regret: cell(policy.medianRegret),
  worst_regret: cell(policy.worstRegret),
  median_stop_epoch: cell(policy.stopEpoch),
  stops: cell(policy.stops),
  premature: cell(policy.premature),
  wasted: cell(policy.wasted),
  exact: cell(policy.verdicts.exact),
  diverged: cell(policy.verdicts.diverged),
  censored: cell(policy.verdicts.censored),
  unjudged: cell(policy.verdicts.unjudged),
  on_front: cell(policy.onFront),
  dominated_by: cell(policy.dominatedBy),
  same_as: cell(policy.sameAs),
})

/** A sweep as CSV, a row each policy; an empty cell: not known. */
export const sweepCsv = ({ policies }: Sweep): string => {
  const settings = union(...policies.map((policy) => Object.keys(policy.settings)))
  return `${csvFormat(policies.map((policy, i) => row(policy, i, settings)))}\n`
}
