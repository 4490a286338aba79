import { jsonLines } from '../jsonLines.js'
import { layout } from '../Layout.js'
import type { Reader } from '../Reader.js'
import { table } from '../tables.js'

const steps = ['time/total_timesteps', 'total_timesteps', 'misc/total_timesteps']

const progress = layout({
  format: 'stable-baselines',
  epoch: [],
  step: steps,
  time: [
    ['time/time_elapsed', 's'],
    ['time_elapsed', 's'],
    ['misc/time_elapsed', 's'],
  ],
})

/** What the loggers of Baselines and Stable-Baselines write: progress.csv and progress.json, by timesteps. */
export const stableBaselines = {
  name: 'stable-baselines',
  looksLike: "a table or JSON Lines with 'time/total_timesteps' or 'total_timesteps'",
  matches: (head) => steps.some((name) => head.holds(name) || head.has(name)),
  open: (context) =>
    context.head.records.length > 0 ? jsonLines(context, { ...progress, word: 'key' }) : table(context, () => progress),
} as const satisfies Reader
