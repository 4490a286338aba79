import type { Command } from '../dsl/Command.js'
import { encodeJson } from '../dsl/Json.js'
import type { Spec } from '../dsl/Spec.js'
import type { Params, TrainingEvent } from '../dsl/TrainingEvent.js'

/**
 * The record of a run: JSON Lines, append-only, written as training goes. A header, then each event and, behind it, each
 * command that it led to. A second run into the same file begins with a header of its own.
 */
export const recordVersion = 1

/** First line of a run. */
export interface RecordHeader {
  readonly rxfit: 'record'
  readonly version: number
  /** the pipeline, as `toSpec` gives it */
  readonly spec: Spec
  readonly params: Params
}

const line = (value: unknown): string => `${JSON.stringify(encodeJson(value))}\n`

export const headerLine = (spec: Spec, params: Params): string => {
  const header: RecordHeader = { rxfit: 'record', version: recordVersion, spec, params }
  return line(header)
}

/** An event and the commands that were asked for at it, as lines. Functions (a `Run`'s task) are left out. */
export const eventLines = (event: TrainingEvent, commands: ReadonlyArray<Command>): string => {
  const { epoch, batch, step } = event
  return line({ event }) + commands.map((command) => line({ command, epoch, batch, step })).join('')
}
