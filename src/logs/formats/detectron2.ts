import { jsonLines } from '../jsonLines.js'
import { layout } from '../Layout.js'
import { isEvaluation } from '../names.js'
import type { Reader } from '../Reader.js'

/** What detectron2's evaluators measure, by their tasks. */
const task = /^(bbox|segm|keypoints|box_proposals|sem_seg|panoptic_seg|densepose)\//

const evaluates = (name: string): boolean => task.test(name) || isEvaluation(name)

const detectron = layout({
  format: 'detectron2',
  word: 'key',
  epoch: [],
  step: ['iteration'],
  stepsFrom: 0,
  evaluates,
  ofEpoch: evaluates,
})

/** metrics.json of detectron2: JSON Lines by iteration, with the results of evaluations in some of them. */
export const detectron2 = {
  name: 'detectron2',
  looksLike: 'JSON Lines with "iteration" and "eta_seconds", "data_time" or "total_loss"',
  matches: (head) => ['eta_seconds', 'data_time', 'total_loss'].some((key) => head.holds('iteration', key)),
  open: (context) => jsonLines(context, detectron),
} as const satisfies Reader
