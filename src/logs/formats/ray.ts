import { jsonLines } from '../jsonLines.js'
import { layout } from '../Layout.js'
import type { Reader } from '../Reader.js'
import { table } from '../tables.js'

const settings = /^(config\/|pid$|trial_id$|experiment_id$|experiment_tag$|hostname$|node_ip$|date$|done$)/

const tune = layout({
  format: 'ray',
  epoch: ['training_iteration'],
  step: [],
  time: [['timestamp', 's']],
  epochsFrom: 1,
  order: 'epoch',
  leaveOut: (name) => (settings.test(name) ? 'about the trial, not a measurement' : undefined),
})

/** What tells a trial of Ray Tune from another log with a training_iteration. */
const marks = ['time_this_iter_s', 'timesteps_total', 'trial_id', 'experiment_id', 'time_total_s']

/** A trial of Ray Tune: progress.csv or result.json, which hold the same. */
export const ray = {
  name: 'ray',
  looksLike: 'a table or JSON Lines with "training_iteration" and "time_this_iter_s" or "trial_id"',
  matches: (head) =>
    marks.some((mark) => head.holds('training_iteration', mark) || head.has('training_iteration', mark)),
  open: (context) =>
    context.head.records.length > 0 ? jsonLines(context, { ...tune, word: 'key' }) : table(context, () => tune),
} as const satisfies Reader
