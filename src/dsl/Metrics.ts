import { nearest } from './nearest.js'
import type { Logs, TrainingEvent } from './TrainingEvent.js'

/** Names that an editor completes; every other string is welcome too. */
export type WellKnownMetric =
  | 'loss'
  | 'val_loss'
  | 'acc'
  | 'val_acc'
  | 'accuracy'
  | 'val_accuracy'
  | 'mae'
  | 'val_mae'
  | 'mse'
  | 'val_mse'
  | 'auc'
  | 'val_auc'

/** A parameter that completes well-known names and accepts any. */
export type MetricName = WellKnownMetric | (string & {})

/** Whether smaller or larger is better. */
export type Direction = 'min' | 'max'

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))
const rising = words(
  `acc accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy top_k_accuracy auc roc_auc pr_auc auroc
  average_precision ap ap50 ap75 map map50 map50-95 precision recall precision_at_recall recall_at_precision f1 f1_score f1score
  f_beta iou mean_io_u dice cosine_similarity r2 r2_score bleu psnr ssim mcc kappa`,
)
const falling = words(
  `loss mae mse rmse mape msle mean_absolute_error mean_squared_error mean_absolute_percentage_error root_mean_squared_error
  binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy cross_entropy crossentropy hinge log_loss logloss
  nll kl_divergence perplexity ppl error error_rate expected_calibration_error ece wer cer`,
)

/** What says where a metric was measured, not what it is: folders as in `metrics/mAP50(B)`, then `val_`, `holdout_` … */
const bare = (name: string): string =>
  name
    .replace(/^.*\//, '')
    .replace(/\([a-z]\)$/i, '')
    .replace(/^((val|valid|validation|train|training|test|eval|dev|holdout)[_-])+/i, '')

/**
 * Whether a metric of that name should fall or rise; undefined where the name isn't in the table, or where a multi-output
 * name doesn't end in `_loss`. Nothing is guessed from a substring: Keras' 'acc' rule minimises F1.
 * @example
 * import { directionOf } from 'rxfit'
 * directionOf('val_f1') // => 'max'
 * directionOf('holdout_rocAuc') // => 'max'
 * directionOf('metrics/mAP50(B)') // => 'max'
 * directionOf('reward') // => undefined
 */
export const directionOf = (name: string): Direction | undefined => {
  const key = bare(name)
  const snake = key.replace(/(?<=[a-z\d])(?=[A-Z])/g, '_')
  for (const candidate of [key.toLowerCase(), snake.toLowerCase()]) {
    if (rising.has(candidate)) return 'max'
    if (falling.has(candidate) || candidate.endsWith('_loss')) return 'min'
  }
  return undefined
}

const own = (logs: object, name: string): boolean => Object.prototype.hasOwnProperty.call(logs, name)

/** tfjs says `acc` where Keras says `accuracy`: each stands for the other. */
const aliasOf = (name: string): string | undefined => {
  const match = /^(val_)?(acc|accuracy)$/.exec(name)
  return match ? `${match[1] ?? ''}${match[2] === 'acc' ? 'accuracy' : 'acc'}` : undefined
}

/** That metric's value, under its own name or its alias; undefined where neither is there. */
export const lookup = (logs: Logs, name: string): number | undefined => {
  const value = logs[name]
  // what every object inherits is never a number, so this tells own names apart
  if (typeof value === 'number') return value
  const alias = aliasOf(name)
  return alias !== undefined && own(logs, alias) ? logs[alias] : undefined
}

/** Whether one of these names, or its alias, is that metric. */
export const includesMetric = (names: ReadonlyArray<string>, name: string): boolean => {
  const alias = aliasOf(name)
  return names.includes(name) || (alias !== undefined && names.includes(alias))
}

/** A metric that was asked for isn't there. Says which there are and which was probably meant. */
export class MissingMetric extends Error {
  readonly _tag = 'MissingMetric'
  override readonly name = 'MissingMetric'
  constructor(
    readonly wanted: string,
    readonly available: ReadonlyArray<string>,
    readonly where: string,
  ) {
    super(MissingMetric.explain(wanted, available, where))
  }

  private static explain(wanted: string, available: ReadonlyArray<string>, where: string): string {
    const list = available.length > 0 ? available.join(', ') : 'no metric at all'
    const guess = nearest(wanted, available)
    const validation =
      wanted.startsWith('val_') && available.length > 0 && !available.some((name) => name.startsWith('val_'))
        ? '; there is no validation data, so there are no val_ metrics'
        : ''
    return `metric '${wanted}' is not reported ${where}: there is ${list}${validation}${guess ? ` (did you mean '${guess}'?)` : ''}`
  }
}

/** What to do when a metric isn't among those that the run reports: fail (default), or pass over the event. */
export type OnMissing = 'error' | 'skip'

const place = (event: TrainingEvent): string => {
  const epoch = `epoch ${event.epoch} (0-based)`
  return event.batch === null ? `at ${event._tag} of ${epoch}` : `at ${event._tag} of ${epoch}, batch ${event.batch}`
}

/**
 * Reads a metric from an event's logs. Undefined where the run is known not to have measured it this time (`missing`: no
 * validation was due, or the epoch was cut short); a name that the run doesn't report at all is a `MissingMetric`.
 */
export const read = (event: TrainingEvent, name: string, onMissing: OnMissing = 'error'): number | undefined => {
  const value = lookup(event.logs, name)
  if (value !== undefined || onMissing === 'skip') return value
  const missing = event._tag === 'EpochEnd' ? (event.missing ?? []) : []
  if (includesMetric(missing, name)) return undefined
  throw new MissingMetric(name, [...Object.keys(event.logs), ...missing], place(event))
}

/** Logs in which every name that is read has a value: whatever is not there throws. Well-known names complete. */
export type StrictLogs = Logs & Logs<WellKnownMetric>

/** Where the logs that a predicate reads come from, for the error message. */
const eventOf = Symbol('event')

/**
 * The prototype of strict logs: names that are there are found before it and cost nothing; any other name ends up here.
 */
const strict: object = new Proxy(Object.create(null) as object, {
  get: (_, key, logs: Logs & { readonly [eventOf]: TrainingEvent }) => {
    if (typeof key !== 'string' || key in Object.prototype || key === 'toJSON' || key === 'then') return undefined
    const alias = aliasOf(key)
    if (alias !== undefined && own(logs, alias)) return logs[alias]
    const event = logs[eventOf]
    const missing = event._tag === 'EpochEnd' ? (event.missing ?? []) : []
    if (includesMetric(missing, key)) throw new NotMeasured(key)
    throw new MissingMetric(key, [...Object.keys(logs), ...missing], place(event))
  },
})

/** Strict views of logs, made once: several predicates ask for them, and replays ask again and again. */
const views = new WeakMap<Logs, StrictLogs>()

/**
 * Logs that a function of the user's may read by name: a mistyped name throws instead of being `undefined`, where
 * `undefined > 1` would quietly be false for ever.
 */
export const strictLogs = (event: TrainingEvent): StrictLogs => {
  const seen = views.get(event.logs)
  if (seen) return seen
  const logs = Object.create(strict) as Record<string, number> & { [eventOf]: TrainingEvent }
  logs[eventOf] = event
  const view = Object.assign(logs, event.logs) as Logs as StrictLogs
  views.set(event.logs, view)
  return view
}

/** Signals inside a predicate that a metric wasn't measured this time; the predicate then has no say. */
export class NotMeasured extends Error {
  readonly _tag = 'NotMeasured'
  constructor(readonly metric: string) {
    super(`metric '${metric}' was not measured at this event`)
  }
}

/** Metrics of a run that are absent from one event's logs. */
export const missingFrom = (metrics: ReadonlyArray<string>, logs: Logs): ReadonlyArray<string> =>
  metrics.filter((name) => !own(logs, name))
