import { layout } from '../Layout.js'
import { stepNames } from '../names.js'
import type { Reader } from '../Reader.js'
import { table } from '../tables.js'

const keras = layout({
  format: 'keras-csv',
  epoch: ['epoch'],
  step: [],
  time: [],
  epochsFrom: 0,
  rowAnEpoch: true,
  order: 'epoch',
  others: () => [],
})

/** CSV files as Keras' CSVLogger writes them, with any of the separators `,` `;` and tab. */
export const kerasCsv = {
  name: 'keras-csv',
  looksLike: "a table with a header that has an 'epoch' column",
  // one with a step beside it is another logger's
  matches: (head) => head.has('epoch') && !head.header.some((name) => stepNames.includes(name.toLowerCase())),
  open: (context) => table(context, () => keras),
} as const satisfies Reader
