import { detectron2 } from './formats/detectron2.js'
import { dvclive } from './formats/dvclive.js'
import { hfTrainer } from './formats/hfTrainer.js'
import { jsonl } from './formats/jsonl.js'
import { kerasCsv } from './formats/kerasCsv.js'
import { kerasHistory } from './formats/kerasHistory.js'
import { lightning } from './formats/lightning.js'
import { llamaFactory } from './formats/llamaFactory.js'
import { mlflow } from './formats/mlflow.js'
import { mmengine } from './formats/mmengine.js'
import { monitorCsv } from './formats/monitorCsv.js'
import { pattern } from './formats/pattern.js'
import { plainTable } from './formats/plainTable.js'
import { ray } from './formats/ray.js'
import type { Reader } from './Reader.js'
import { record } from './formats/record.js'
import { stableBaselines } from './formats/stableBaselines.js'
import { tensorBoardCsv } from './formats/tensorBoardCsv.js'
import { ultralytics } from './formats/ultralytics.js'
import { wandb } from './formats/wandb.js'

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
