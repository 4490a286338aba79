import type { JsonObject } from '../dsl/Json.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'

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
  readonly events: ReadonlyArray<TrainingEvent>
  /** every metric that is in it */
  readonly metrics: ReadonlyArray<string>
  /** how many epochs ended in it */
  readonly epochs: number
  /** false: the log doesn't say; `lr` is then 1 throughout, and rates are relative to it */
  readonly hasLearningRate: boolean
  /** 'completed': the planned end was reached; 'stopped': something ended it earlier; 'unknown': the log just ends */
  readonly end: 'completed' | 'stopped' | 'unknown'
  /** the commands that the run was given, where the log has them: an rxfit record only */
  readonly commands?: ReadonlyArray<RecordedCommand>
  /** what was taken for what, what was left out, what a reader should know */
  readonly notes: ReadonlyArray<string>
}

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
