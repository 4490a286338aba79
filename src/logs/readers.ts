import { detectron2 } from './detectron2.js'
import { dvclive } from './dvclive.js'
import { hfTrainer } from './hfTrainer.js'
import { jsonl } from './jsonl.js'
import { kerasCsv } from './kerasCsv.js'
import { kerasHistory } from './kerasHistory.js'
import { lightning } from './lightning.js'
import { llamaFactory } from './llamaFactory.js'
import { mlflow } from './mlflow.js'
import { mmengine } from './mmengine.js'
import { monitorCsv } from './monitorCsv.js'
import { pattern } from './pattern.js'
import { plainTable } from './plainTable.js'
import { ray } from './ray.js'
import type { Reader } from './Reader.js'
import { record } from './record.js'
import { stableBaselines } from './stableBaselines.js'
import { tensorBoardCsv } from './tensorBoardCsv.js'
import { ultralytics } from './ultralytics.js'
import { wandb } from './wandb.js'

/** Every format there is; the first that matches is taken, so those with marks of their own come first. A new one adds a file and a line here. */
export const readers = [
  record,
  hfTrainer,
  llamaFactory,
  mmengine,
  detectron2,
  ray,
  stableBaselines,
  wandb,
  kerasHistory,
  jsonl,
  mlflow,
  monitorCsv,
  tensorBoardCsv,
  ultralytics,
  lightning,
  dvclive,
  kerasCsv,
  plainTable,
  pattern,
] as const satisfies ReadonlyArray<Reader>

/** Of a file of text, or TensorBoard's event files, which are none. */
export type LogFormat = (typeof readers)[number]['name'] | 'tfevents'

/** Their names. */
export const formats: ReadonlyArray<LogFormat> = [...readers.map(({ name }) => name), 'tfevents']
