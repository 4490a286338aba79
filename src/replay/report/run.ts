import type { TrainingLog } from '../../logs/TrainingLog.js'
import type { EpochTable } from '../judge/EpochTable.js'
import type { Replay } from '../replay.js'
import type { Series } from './chart.js'
import { html, type Html } from './html.js'

/** Metrics at the ends of a run's epochs, as curves. */
export const curvesOf = ({ epochs, metric }: EpochTable, metrics: ReadonlyArray<string>): ReadonlyArray<Series> =>
  metrics.map((name) => ({ name, x: epochs, y: metric(name).values }))

/** How a replayed run ends, and how far that can be trusted. */
export const outcomeOf = ({ epochs }: TrainingLog, { outcome }: Replay): Html => {
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
