import { appendRow, none, type Command } from '../dsl/Command.js'
import { encodeNumber, type JsonNumber } from '../dsl/Json.js'
import * as Machine from '../dsl/Machine.js'
import { flag, oneOf, OptionError, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { BatchEnd, EpochEnd, TrainingEvent } from '../dsl/TrainingEvent.js'
import { cell } from './internal/csv.js'
import * as v from 'valibot'

export interface HistoryRecorderOptions {
  /** the name under which the result of the fit has the epochs; batches are under `name.batches`. Default 'historyRecorder' */
  readonly name?: string
  /** record batches too. Default false */
  readonly batches?: boolean
  /** file that the whole history is written to, if any */
  readonly path?: string
  /** 'json' or 'csv'. Default: as the path ends */
  readonly format?: 'json' | 'csv'
  /** write the file at the end of every n-th epoch too, not only when training ends */
  readonly everyNEpochs?: number
}

const schema = v.strictObject({
  name: v.optional(text, 'historyRecorder'),
  batches: v.optional(flag, false),
  path: v.optional(text),
  format: v.optional(oneOf('json', 'csv')),
  everyNEpochs: v.optional(positive),
})

type Row = Readonly<Record<string, JsonNumber>>

/** Rows in blocks: one more copies a block of them, not the whole history. */
type Rows = ReadonlyArray<ReadonlyArray<Row>>
type State = { readonly epochs: Rows; readonly batches: Rows }

const block = 64

const push = (rows: Rows, row: Row): Rows => {
  const last = rows.at(-1)
  return last === undefined || last.length === block ? [...rows, [row]] : [...rows.slice(0, -1), [...last, row]]
}

/** Metrics under their names; a metric called `epoch` can't be told from the number of the epoch, which wins. */
const rowOf = ({ epoch, batch, lr, logs }: EpochEnd | BatchEnd): Row => {
  const metrics = Object.entries(logs).filter(([name]) => name !== 'epoch' && name !== 'batch')
  return {
    ...{ epoch, ...(batch !== null && { batch }), learning_rate: encodeNumber(lr) },
    ...Object.fromEntries(metrics.map(([name, value]) => [name, encodeNumber(value)])),
  }
}

/** A list of epochs, each with its batches: what `fromEpochs` takes. */
const json = (epochs: ReadonlyArray<Row>, batches: ReadonlyArray<Row>, withBatches: boolean): string => {
  const within = new Map(epochs.map((row) => [row['epoch'], [] as Array<Row>]))
  for (const { epoch, batch: _, learning_rate: __, ...metrics } of batches) within.get(epoch)?.push(metrics)
  const whole = epochs.map((row) => (withBatches ? { ...row, batches: within.get(row['epoch']) } : row))
  return `${JSON.stringify(whole)}\n`
}

/** A row an epoch, in which `batch` is empty, behind those of its batches; what wasn't measured is empty. */
const csv = (epochs: ReadonlyArray<Row>, batches: ReadonlyArray<Row>, withBatches: boolean): string => {
  const names = new Set(['epoch', ...(withBatches ? ['batch'] : []), 'learning_rate'])
  for (const rows of [epochs, batches]) for (const row of rows) for (const name of Object.keys(row)) names.add(name)
  const columns = [...names]
  // stable: an epoch's batches stay before it
  const rows = [...batches, ...epochs].sort((a, b) => (a['epoch'] as number) - (b['epoch'] as number))
  const line = (cells: ReadonlyArray<string>): string => `${cells.map((content) => cell(content, ',')).join(',')}\r\n`
  const show = (row: Row, column: string): string => (Object.hasOwn(row, column) ? String(row[column]) : '')
  return line(columns) + rows.map((row) => line(columns.map((column) => show(row, column)))).join('')
}

const by = 'historyRecorder'

const formatOf = (path: string, asked: 'json' | 'csv' | undefined): 'json' | 'csv' => {
  const ending = /\.(json|csv)$/i.exec(path)?.[1]?.toLowerCase() as 'json' | 'csv' | undefined
  const format = asked ?? ending
  if (format !== undefined) return format
  throw new OptionError([{ path: `${by}.format`, message: `say 'json' or 'csv': '${path}' ends in neither` }])
}

/**
 * Records every epoch's metrics and learning rate, and every batch's if asked to: `result.remembered.historyRecorder` and
 * `result.remembered['historyRecorder.batches']`. With a `path` the whole history is written there when training ends, and every
 * n epochs: as CSV, or as a JSON list of epochs that `fromEpochs` takes back. What was recorded before a resume stays in the
 * file. Sonosco's HistoryRecorder.
 * @category builtins
 * @example
 * import { historyRecorder } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const asked = commands(historyRecorder({ path: 'run.json' }), [{ loss: 0.5 }])
 * asked.map((c) => c._tag) // => ['Remember', 'AppendRow']
 * asked[1]?._tag === 'AppendRow' && asked[1].row // => '[{"epoch":0,"learning_rate":1,"loss":0.5}]\n'
 */
export const historyRecorder = (options: HistoryRecorderOptions = {}): Policy<never> => {
  const { name, batches, path, format: asked, everyNEpochs } = parse(by, schema, options)
  const format = path === undefined ? undefined : formatOf(path, asked)
  if (path === undefined && (asked !== undefined || everyNEpochs !== undefined))
    throw new OptionError([{ path: `${by}.path`, message: 'is missing: format and everyNEpochs are about a file' }])

  const write = (state: State): ReadonlyArray<Command> => {
    if (path === undefined) return none
    const row = (format === 'json' ? json : csv)(state.epochs.flat(), state.batches.flat(), batches)
    return [{ by, ...appendRow(path, row, { truncate: true }) }]
  }
  const remember = (event: EpochEnd | BatchEnd): Command =>
    event._tag === 'EpochEnd'
      ? { _tag: 'Remember', name, epoch: event.epoch, logs: event.logs, lr: event.lr, by }
      : {
          _tag: 'Remember',
          name: `${name}.batches`,
          epoch: event.epoch,
          batch: event.batch ?? 0,
          logs: event.logs,
          lr: event.lr,
          by,
        }

  return make<never>(
    Machine.make(
      {
        kind: by,
        options: { ...options },
        events: [
          ...(batches ? (['BatchEnd'] as const) : []),
          'EpochEnd',
          ...(path === undefined ? [] : (['TrainEnd'] as const)),
        ],
      },
      { epochs: [], batches: [] },
      (state: State, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
        if (event._tag === 'TrainEnd') return [write(state), state]
        if (event._tag !== 'EpochEnd' && event._tag !== 'BatchEnd') return [none, state]
        const kept = [remember(event)]
        // only a file needs what was recorded before
        if (path === undefined) return [kept, state]
        if (event._tag === 'BatchEnd') return [kept, { ...state, batches: push(state.batches, rowOf(event)) }]
        const next = { ...state, epochs: push(state.epochs, rowOf(event)) }
        const due = everyNEpochs !== undefined && (event.epoch + 1) % everyNEpochs === 0
        return [due ? [...kept, ...write(next)] : kept, next]
      },
    ),
  )
}
