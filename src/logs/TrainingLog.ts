import type { JsonObject } from '../dsl/Json.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import type { Unit } from './Layout.js'

/** A command that a recorded run was given, and the event at which it was. */
export interface RecordedCommand {
  readonly epoch: number
  readonly batch: number | null
  readonly step: number
  /** as JSON holds it: compare it with `encodeJson` of a command */
  readonly command: JsonObject
}

/** A recorded run, whatever wrote it, as the events that a policy would have seen. */
export interface TrainingLog {
  /** 'rxfit', 'keras-csv', 'epochs' … */
  readonly format: string
  /** where it was read from */
  readonly path: string | null
  /** every event; those of a log that was read from a file are made when this is looked at */
  readonly events: ReadonlyArray<TrainingEvent>
  /** the same events, one at a time: what a log too large for `events` is replayed by */
  readonly stream?: () => Iterable<TrainingEvent>
  /** how many events there are, or a few more */
  readonly size?: number
  /** every metric that is in it, as the log calls it */
  readonly metrics: ReadonlyArray<string>
  /** names under which metrics may be asked for too, and what the log calls them: `{ val_loss: 'eval_loss' }` */
  readonly aliases?: Readonly<Record<string, string>>
  /** how many epochs ended in it */
  readonly epochs: number
  /** what an epoch is in this log, and so what patience counts */
  readonly unit?: Unit
  /** how many rows of the file these epochs were made of */
  readonly rows?: number
  /** false: the log doesn't say; `lr` is then 1 throughout, and rates are relative to it */
  readonly hasLearningRate: boolean
  /** 'completed': the planned end was reached; 'stopped': something ended it earlier; 'unknown': the log just ends */
  readonly end: 'completed' | 'stopped' | 'unknown'
  /** the commands that the run was given, where the log has them: an rxfit record only */
  readonly commands?: ReadonlyArray<RecordedCommand>
  /** what was taken for what, what was left out, what a reader should know */
  readonly notes: ReadonlyArray<string>
}

/** Every name under which a metric of it may be asked for. */
export const metricsOf = ({ metrics, aliases }: Pick<TrainingLog, 'metrics' | 'aliases'>): ReadonlyArray<string> =>
  aliases === undefined ? metrics : [...metrics, ...Object.keys(aliases)]

/** A log that can't be read: which file, which line, what was expected. */
export class LogError extends Error {
  readonly _tag = 'LogError'
  override readonly name = 'LogError'
  constructor(
    readonly path: string | null,
    readonly line: number | null,
    message: string,
  ) {
    super(`${path ?? 'log'}${line === null ? '' : `:${line}`}: ${message}`)
  }
}
