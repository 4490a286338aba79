import { readCommands } from '../builtins/spec/commands.js'
import type { Command, Why } from '../dsl/Command.js'
import type { RecordedCommand, TrainingLog } from '../logs/TrainingLog.js'
import { decisionsOf, type Decision } from '../runtime/Decision.js'

/** A command as a record has it; one that isn't whole is known by its tag alone. */
const commandOf = (json: RecordedCommand['command']): Command | undefined => {
  const tag = json['_tag']
  if (typeof tag !== 'string') return undefined
  try {
    return readCommands(json, 'command', [tag])[0]
  } catch {
    return { _tag: tag } as Command
  }
}

/** The decision that a recorded command was, if it steered training; what was recorded did happen. */
export const recordedDecision = ({ epoch, batch, step, command: json }: RecordedCommand): Decision | undefined => {
  const command = commandOf(json)
  if (!command) return undefined
  const { by, why } = json
  const known = { ...command, ...(typeof by === 'string' && { by }), ...(isWhy(why) && { why }) }
  return decisionsOf({ epoch, batch, step }, [known], 'exact')[0]
}

const isWhy = (x: unknown): x is Why => typeof x === 'object' && x !== null && !Array.isArray(x)

/** What the policies of a recorded run decided, where the log has it. */
export const recordedDecisions = ({ commands = [] }: TrainingLog): ReadonlyArray<Decision> =>
  commands.flatMap((command) => recordedDecision(command) ?? [])
