import { decodeNumber, type JsonNumber } from '../dsl/Json.js'
import { missingFrom } from '../dsl/Metrics.js'
import type { Logs, Moment, Params, TrainingEvent } from '../dsl/TrainingEvent.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

/** One epoch's metrics; null or absent is missing. `batches`, if given, are the metrics of its batches. */
export interface EpochRow {
  readonly [metric: string]: JsonNumber | null | undefined | ReadonlyArray<EpochRow>
}

export interface EpochsOptions {
  /** rate that training began with (finite, 0 or more), if the rows don't have it as `learning_rate` or `lr` */
  readonly learningRate?: number
  /** batches an epoch, to replay policies that count them; a whole number from 1 */
  readonly batchesPerEpoch?: number
  /** 0-based number of the first epoch. Default 0 */
  readonly initialEpoch?: number
}

/** Where a log was read from, and what is to be said of it. */
export interface Origin {
  readonly format: string
  readonly path: string | null
  readonly notes: ReadonlyArray<string>
  /** the file's line of each row, for error messages */
  readonly lines?: ReadonlyArray<number>
  /** the epoch of each row, where they need not follow on one another */
  readonly epochs?: ReadonlyArray<number>
}

/** Names under which rows hold the learning rate; the first that is there counts. */
export const rateNames: ReadonlyArray<string> = ['learning_rate', 'lr', 'learningRate']

const nonFinite = new Set(['NaN', 'Infinity', '-Infinity'])

const valueOf = (value: unknown, name: string, row: number, origin: Origin): number | undefined => {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number') return value
  if (typeof value === 'string' && nonFinite.has(value)) return decodeNumber(value as JsonNumber)
  throw new LogError(
    origin.path,
    origin.lines?.[row] ?? null,
    `row ${row}: '${name}' must be a number, null, "NaN", "Infinity" or "-Infinity", got ${JSON.stringify(value)}`,
  )
}

const logsOf = (row: unknown, index: number, origin: Origin): Logs => {
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw new LogError(
      origin.path,
      origin.lines?.[index] ?? null,
      `row ${index} must be an object of metrics, got ${JSON.stringify(row)}`,
    )
  const entries = Object.entries(row).flatMap(([name, value]) => {
    if (name === 'batches' && Array.isArray(value)) return []
    const number = valueOf(value, name, index, origin)
    return number === undefined ? [] : [[name, number] as const]
  })
  return Object.fromEntries(entries)
}

const check = (name: string, value: number | undefined, holds: (x: number) => boolean, words: string): void => {
  if (value !== undefined && !holds(value)) throw new LogError(null, null, `${name} must be ${words}, got ${value}`)
}

/** As `fromEpochs`, for a reader that knows where the rows come from. */
export const toLog = (rows: ReadonlyArray<EpochRow>, options: EpochsOptions, origin: Origin): TrainingLog => {
  const { learningRate, batchesPerEpoch, initialEpoch = origin.epochs?.[0] ?? 0 } = options
  check('learningRate', learningRate, (x) => Number.isFinite(x) && x >= 0, 'finite and 0 or more')
  check('batchesPerEpoch', batchesPerEpoch, (x) => Number.isSafeInteger(x) && x >= 1, 'a whole number from 1')
  check('initialEpoch', initialEpoch, (x) => Number.isSafeInteger(x) && x >= 0, 'a whole number from 0')
  const all = rows.map((row, i) => logsOf(row, i, origin))
  const named = rows.flatMap((row) => Object.keys(row).filter((name) => !Array.isArray(row[name])))
  const metrics = [...new Set(named)]
  const rateName = rateNames.find((name) => all.some((logs) => name in logs))
  const recorded = all.map((logs) => (rateName === undefined ? undefined : logs[rateName]))
  const hasLearningRate = learningRate !== undefined || rateName !== undefined

  const params: Params = {
    epochs: (origin.epochs?.at(-1) ?? initialEpoch + rows.length - 1) + 1,
    initialEpoch,
    steps: batchesPerEpoch ?? null,
    samples: null,
    batchSize: null,
    metrics,
  }
  const events: Array<TrainingEvent> = []
  let step = 0
  let lr = learningRate ?? recorded.find((rate) => rate !== undefined) ?? 1
  const moment = (epoch: number, batch: number | null): Moment => ({ epoch, batch, step, at: 0, lr })

  events.push({ _tag: 'TrainBegin', ...moment(initialEpoch, null), logs: {}, params })
  all.forEach((logs, i) => {
    const epoch = origin.epochs?.[i] ?? initialEpoch + i
    // a rate that the rows hold is the one that was in force during the epoch
    lr = recorded[i] ?? lr
    events.push({ _tag: 'EpochBegin', ...moment(epoch, null), logs: {} })
    const batches = rows[i]?.['batches']
    const batchLogs: ReadonlyArray<Logs> = Array.isArray(batches)
      ? (batches as ReadonlyArray<EpochRow>).map((batch) => logsOf(batch, i, origin))
      : Array.from({ length: batchesPerEpoch ?? 0 }, () => ({}))
    batchLogs.forEach((measured, batch) => {
      events.push({ _tag: 'BatchBegin', ...moment(epoch, batch), logs: {} })
      step += 1
      events.push({ _tag: 'BatchEnd', ...moment(epoch, batch), logs: measured })
    })
    const missing = missingFrom(metrics, logs)
    events.push({ _tag: 'EpochEnd', ...moment(epoch, null), logs, ...(missing.length > 0 && { missing }) })
  })
  return {
    format: origin.format,
    path: origin.path,
    events,
    metrics,
    epochs: rows.length,
    hasLearningRate,
    end: 'unknown',
    notes: origin.notes,
  }
}

/**
 * A log made of rows: one object of metrics an epoch, null or absent for what wasn't measured; "NaN", "Infinity" and
 * "-Infinity" are numbers too. `learning_rate` or `lr` in the rows is the rate during that epoch.
 * @category logs
 * @example
 * import { fromEpochs } from 'rxfit/logs'
 * fromEpochs([{ loss: 1 }, { loss: 0.5, val_loss: 2 }]).metrics // => ['loss', 'val_loss']
 */
export const fromEpochs = (rows: ReadonlyArray<EpochRow>, options: EpochsOptions = {}): TrainingLog =>
  toLog(rows, options, { format: 'epochs', path: null, notes: [] })
