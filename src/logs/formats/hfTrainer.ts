import { document, linesOfObjects } from '../document.js'
import { isObject, type Fields } from '../json.js'
import { layout } from '../Layout.js'
import { plainName } from '../names.js'
import { Objects, type ObjectLayout } from '../objects.js'
import type { Context, Reader } from '../Reader.js'
import { LogError, type TrainingLog } from '../TrainingLog.js'

/** How long an evaluation took is no measure of the model. */
const isSpeed = (name: string): boolean => /_runtime$|_per_second$/.test(name)

/** Trainer writes one at the end of training: means over all of it, which no callback ever saw. */
const isSummary = (fields: Fields): boolean => 'train_runtime' in fields

const trainer: ObjectLayout = {
  ...layout({
    format: 'hf-trainer',
    word: 'key',
    epoch: ['epoch'],
    step: ['step'],
    time: [],
    epochsFrom: 1,
    others: (name) => {
      const plain = plainName(name)
      return plain === undefined || isSpeed(name) ? [] : [plain]
    },
  }),
  skip: (fields) => (isSummary(fields) ? "the run's summary, left out" : undefined),
}

const endOf = (state: Fields): TrainingLog['end'] => {
  const { global_step: step, max_steps: planned } = state
  if (typeof step === 'number' && step === planned) return 'completed'
  const control = JSON.stringify((state['stateful_callbacks'] as Fields | undefined) ?? {})
  return control.includes('"should_training_stop":true') ? 'stopped' : 'unknown'
}

const best = (state: Fields): ReadonlyArray<string> => {
  const { best_metric: metric, best_global_step: step, best_model_checkpoint: path } = state
  if (typeof metric !== 'number') return []
  const where = typeof step === 'number' ? ` at step ${step}` : typeof path === 'string' ? ` in ${path}` : ''
  return [`best metric, as recorded: ${metric}${where}`]
}

const read = ({ path, options }: Context, state: unknown, text: string): TrainingLog => {
  const history = isObject(state) ? state['log_history'] : undefined
  if (!isObject(state) || !Array.isArray(history))
    throw new LogError(path, null, 'expected a trainer_state.json: an object with a list "log_history"')
  const records: ReadonlyArray<unknown> = history
  const lines = linesOfObjects(text, text.indexOf('[', text.indexOf('"log_history"')), 2)
  const wrong = records.findIndex((record) => !isObject(record))
  if (wrong >= 0) throw new LogError(path, null, `log_history[${wrong}] must be an object of metrics`)
  if (records.length === 0) throw new LogError(path, null, 'log_history is empty: nothing was logged')
  const objects = new Objects(path, trainer, options, records as ReadonlyArray<Fields>)
  records.forEach((record, i) => objects.row(record as Fields, lines[i] ?? NaN))
  return objects.end({ end: endOf(state), notes: best(state) })
}

/** trainer_state.json of Hugging Face's Trainer: what was trained and what was evaluated, in `log_history`. */
export const hfTrainer = {
  name: 'hf-trainer',
  looksLike: 'a trainer_state.json with "log_history"',
  matches: ({ text }) => /^\s*\{/.test(text) && text.includes('"log_history"'),
  open: (context) => document(context, (value, text) => read(context, value, text)),
} as const satisfies Reader
