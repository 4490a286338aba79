import { decodeNumber, type JsonNumber } from '../dsl/Json.js'
import { missingFrom } from '../dsl/Metrics.js'
import type { Logs, Moment, Params, TrainingEvent } from '../dsl/TrainingEvent.js'
import { rateNames } from './names.js'
import { check, checkKnown, checkOptions, checkSize } from './options.js'
import { isRate, oddRates } from './rates.js'
import { shown } from './text.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

/** What a row may hold under a name. */
export type EpochValue = JsonNumber | null | undefined | ReadonlyArray<object>

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

const nonFinite = new Set(['NaN', 'Infinity', '-Infinity'])

type Fields = Readonly<Record<string, unknown>>

const refuse = (row: number, message: string): never => {
  throw new LogError(null, null, `row ${row}${message}`)
}

const valueOf = (value: unknown, name: string, row: number): number | undefined => {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number') return value
  if (typeof value === 'string' && nonFinite.has(value)) return decodeNumber(value as JsonNumber)
  const expected = 'a number, null, "NaN", "Infinity" or "-Infinity"'
  return refuse(row, `: '${name}' must be ${expected}, got ${shown(value)}`)
}

/** A Date, a Map or a promise has no fields, and would be a row in which nothing was measured. */
const isPlain = (x: object): boolean => {
  const parent: unknown = Object.getPrototypeOf(x)
  return parent === null || Object.getPrototypeOf(parent) === null || Object.keys(x).length > 0
}

const fieldsOf = (row: unknown, index: number, what = ''): Fields =>
  typeof row === 'object' && row !== null && !Array.isArray(row) && !ArrayBuffer.isView(row) && isPlain(row)
    ? (row as Fields)
    : refuse(index, `${what} must be an object of metrics, got ${shown(row)}`)

const logsOf = (row: Fields, index: number): Logs => {
  const entries = Object.entries(row).flatMap(([name, value]) => {
    if (name === 'batches' && Array.isArray(value)) return []
    const number = valueOf(value, name, index)
    return number === undefined ? [] : [[name, number] as const]
  })
  return Object.fromEntries(entries)
}

/** Rates that no optimizer can have had, and where they are. */
const oddIn = (name: string | undefined, all: ReadonlyArray<Logs>): ReadonlyArray<string> => {
  if (name === undefined) return []
  const odd = all.flatMap((logs, i) => {
    const rate = logs[name]
    return rate === undefined || isRate(rate) ? [] : [`${rate} in row ${i}`]
  })
  return oddRates(name, odd)
}

const nothing: Logs = Object.freeze({})

/** The log of rows that have been looked at, and of the epochs that they name. */
const toLog = (
  rows: ReadonlyArray<Fields>,
  options: EpochsOptions,
  epochs: ReadonlyArray<number> | undefined,
): TrainingLog => {
  const { learningRate, batchesPerEpoch, initialEpoch = epochs?.[0] ?? 0 } = options
  checkKnown({ learningRate, batchesPerEpoch }, null)
  check('initialEpoch', initialEpoch, (x) => Number.isSafeInteger(x) && x >= 0, 'a whole number from 0', null)
  checkSize(batchesPerEpoch, rows.filter((row) => !Array.isArray(row['batches'])).length, initialEpoch, null)
  const all = rows.map((row, i) => logsOf(row, i))
  const named = rows.flatMap((row) => Object.keys(row).filter((name) => !Array.isArray(row[name])))
  const metrics = [...new Set(named)]
  const rateName = rateNames.find((name) => all.some((logs) => name in logs))
  const recorded = all.map((logs) => {
    const rate = rateName === undefined ? undefined : logs[rateName]
    return rate !== undefined && isRate(rate) ? rate : undefined
  })
  const hasLearningRate = learningRate !== undefined || recorded.some((rate) => rate !== undefined)

  const params: Params = {
    epochs: (epochs?.at(-1) ?? initialEpoch + rows.length - 1) + 1,
    initialEpoch,
    steps: batchesPerEpoch ?? null,
    samples: null,
    batchSize: null,
    metrics,
  }
  const events: Array<TrainingEvent> = []
  // as a live run that is resumed counts them
  let step = initialEpoch * (batchesPerEpoch ?? 0)
  let lr = learningRate ?? recorded.find((rate) => rate !== undefined) ?? 1
  const moment = (epoch: number, batch: number | null): Moment => ({ epoch, batch, step, at: 0, lr })

  events.push({ _tag: 'TrainBegin', ...moment(initialEpoch, null), logs: {}, params })
  all.forEach((logs, i) => {
    const epoch = epochs?.[i] ?? initialEpoch + i
    // a rate that the rows hold is the one that was in force during the epoch
    lr = recorded[i] ?? lr
    events.push({ _tag: 'EpochBegin', ...moment(epoch, null), logs: {} })
    const batches = rows[i]?.['batches']
    const measured = Array.isArray(batches)
      ? Array.from(batches, (batch, at) => logsOf(fieldsOf(batch, i, `, batch ${at}`), i))
      : undefined
    const count = measured?.length ?? batchesPerEpoch ?? 0
    for (let batch = 0; batch < count; batch += 1) {
      events.push({ _tag: 'BatchBegin', epoch, batch, step, at: 0, lr, logs: nothing })
      step += 1
      events.push({ _tag: 'BatchEnd', epoch, batch, step, at: 0, lr, logs: measured?.[batch] ?? nothing })
    }
    const missing = missingFrom(metrics, logs)
    events.push({ _tag: 'EpochEnd', ...moment(epoch, null), logs, ...(missing.length > 0 && { missing }) })
  })
  return {
    format: 'epochs',
    path: null,
    events,
    metrics,
    epochs: rows.length,
    hasLearningRate,
    end: 'unknown',
    notes: [
      ...(epochs ? [`epoch: 'epoch' in the rows, ${epochs[0]} to ${epochs.at(-1)}`] : []),
      ...oddIn(rateName, all),
    ],
  }
}

const optionNames: ReadonlyArray<keyof EpochsOptions> = ['learningRate', 'batchesPerEpoch', 'initialEpoch']

/** Rows that number themselves: their epochs, and the rows without the numbers. */
const numbered = (
  rows: ReadonlyArray<Fields>,
  initialEpoch: number | undefined,
): readonly [rows: ReadonlyArray<Fields>, epochs: ReadonlyArray<number> | undefined] => {
  if (!rows.some((row) => Object.hasOwn(row, 'epoch'))) return [rows, undefined]
  const epochs: Array<number> = []
  rows.forEach((row, i) => {
    const epoch = Object.hasOwn(row, 'epoch') ? row['epoch'] : undefined
    const before = epochs.at(-1) ?? -1
    if (!Number.isSafeInteger(epoch) || (epoch as number) <= before)
      refuse(
        i,
        `: 'epoch' is ${shown(epoch)}${i > 0 ? ` after ${before}` : ''}: expected whole numbers from 0 that rise, one in every row, or no 'epoch' at all`,
      )
    epochs.push(epoch as number)
  })
  const [first] = epochs
  if (initialEpoch !== undefined && initialEpoch !== first)
    throw new LogError(null, null, `initialEpoch is ${shown(initialEpoch)}, and 'epoch' in the rows begins at ${first}`)
  const unnumbered = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'epoch')))
  return [unnumbered, epochs]
}

/**
 * A log made of rows: one object of metrics an epoch, null or absent for what wasn't measured; "NaN", "Infinity" and
 * "-Infinity" are numbers too.
 *
 * `learning_rate` or `lr` in the rows is the rate during that epoch; a value that no rate can be (NaN, infinite, below 0)
 * stays a metric, the rate before it holds on, and a note says so. `epoch` in the rows is no metric but the epoch's number,
 * from 0: whole numbers that rise, one in every row. `batches`, a list of rows, are the epoch's batches.
 *
 * Throws a `LogError` that says which row, and what was expected there: for anything else than numbers in rows, for options
 * that there aren't, and for more than 20 million events of batches that nobody measured (`batchesPerEpoch`).
 * @category logs
 * @example
 * import { fromEpochs } from 'rxfit/logs'
 * fromEpochs([{ loss: 1 }, { loss: 0.5, val_loss: 2 }]).metrics // => ['loss', 'val_loss']
 */
export const fromEpochs = <R extends { readonly [K in keyof R]: EpochValue }>(
  rows: ReadonlyArray<R>,
  options: EpochsOptions = {},
): TrainingLog => {
  if (!Array.isArray(rows))
    throw new LogError(null, null, `rows must be a list of objects, one an epoch, got ${shown(rows)}`)
  checkOptions(options, optionNames, null)
  // by index: a hole in the list is a row that is missing, not one to be passed over
  const fields = Array.from(rows as ReadonlyArray<unknown>, (row, i) => fieldsOf(row, i))
  const [unnumbered, known] = numbered(fields, options.initialEpoch)
  return toLog(unnumbered, options, known)
}
