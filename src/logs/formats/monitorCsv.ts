import { layout } from '../Layout.js'
import type { Reader } from '../Reader.js'
import { table } from '../tables.js'

const episodes = layout({
  format: 'monitor-csv',
  epoch: [],
  step: [],
  time: [['t', 's']],
  unit: 'row',
  notes: ['each row is an episode: r its reward, l its length, t the seconds since the beginning'],
})

const isComment = (line: string): boolean => line.startsWith('#')

/** What the Monitor of Baselines and Stable-Baselines writes of an environment: an episode a row, below a comment in JSON. */
export const monitorCsv = {
  name: 'monitor-csv',
  looksLike: 'a table r,l,t below a comment #{"t_start": …}',
  matches: ({ lines: [first = '', second = ''] }) =>
    first.startsWith('#') && first.includes('"t_start"') && /^r,l,t\b/.test(second),
  open: (context) => table(context, () => episodes, { isComment }),
} as const satisfies Reader
