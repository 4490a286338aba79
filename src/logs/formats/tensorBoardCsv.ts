import { basename } from 'node:path'
import { layout } from '../Layout.js'
import type { Reader } from '../Reader.js'
import { table } from '../tables.js'

const scalars = layout({
  format: 'tensorboard-csv',
  epoch: [],
  step: ['step'],
  time: [['wall time', 's']],
  unit: 'row',
})

/** The tag, which only the name of a downloaded file says: `run-train-tag-epoch_loss.csv`. */
const tagOf = (path: string): string => /-tag-(.+)\.csv$/i.exec(basename(path))?.[1] ?? 'value'

/** The points of one curve, as TensorBoard lets them be downloaded. */
export const tensorBoardCsv = {
  name: 'tensorboard-csv',
  looksLike: "a table 'Wall time,Step,Value'",
  matches: ({ header }) => header.join().toLowerCase() === 'wall time,step,value',
  open: (context) => {
    const tag = tagOf(context.path)
    const rename = (name: string): string => (name.toLowerCase() === 'value' ? tag : name)
    return table(context, () => ({ ...scalars, rename, notes: [`metric: '${tag}', by the name of the file`] }))
  },
} as const satisfies Reader
