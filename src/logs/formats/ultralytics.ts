import { layout } from '../Layout.js'
import type { Reader } from '../Reader.js'
import { table } from '../tables.js'

const evaluates = (name: string): boolean => /^(val|metrics)\//.test(name)

const results = layout({
  format: 'ultralytics',
  epoch: ['epoch'],
  step: [],
  time: [['time', 's']],
  order: 'epoch',
  evaluates,
  ofEpoch: () => true,
})

/** results.csv of Ultralytics' YOLO; up to version 5 with blanks before the names. */
export const ultralytics = {
  name: 'ultralytics',
  looksLike: "a table with 'epoch', 'train/box_loss' and 'metrics/…'",
  matches: (head) =>
    head.has('epoch') &&
    head.header.some((name) => name.startsWith('metrics/')) &&
    head.header.some((name) => /^(train|val)\/.*loss/.test(name)),
  open: (context) => table(context, () => results),
} as const satisfies Reader
