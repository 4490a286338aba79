import { layout } from '../Layout.js'
import { isEvaluation, plainName } from '../names.js'
import type { Reader } from '../Reader.js'
import { table } from '../tables.js'

const ofEpoch = (name: string): boolean => isEvaluation(name) || name.endsWith('_epoch')

/** Lightning finds what was logged both a step and an epoch under its bare name: at the end of an epoch it is that of the epoch. */
const others = (name: string): ReadonlyArray<string> => {
  const bare = name.replace(/_epoch$/, '')
  const plain = plainName(bare)
  return [...(bare === name ? [] : [bare]), ...(plain === undefined || name.endsWith('_step') ? [] : [plain])]
}

const metrics = layout({
  format: 'lightning',
  epoch: ['epoch'],
  step: ['step'],
  time: [['created_at', 'date']],
  epochsFrom: 0,
  stepsFrom: 0,
  ofEpoch,
  others,
})

/** metrics.csv of Lightning's CSVLogger, whose rows have holes, and of test-tube before it. */
export const lightning = {
  name: 'lightning',
  looksLike: "a table with 'epoch' and 'step', or with 'epoch' and 'created_at'",
  matches: (head) => head.has('epoch', 'step') || head.has('epoch', 'created_at'),
  open: (context) => table(context, () => metrics),
} as const satisfies Reader
