import * as E from 'fp-ts/lib/Either.js'
import type { Command } from '../../dsl/Command.js'
import { OptionError } from '../../dsl/Options.js'
import { formatPython } from '../../dsl/PythonFormat.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'

/**
 * Fills in a path's `{epoch}`, `{batch}` (both from 1, as in Keras) and metrics. One that wasn't measured this time is `nan`:
 * an epoch that was cut short is saved all the same. `strict` refuses it, as Keras does.
 */
export const fillPath = (template: string, event: TrainingEvent, strict = false): string => {
  if (!/[{}]/.test(template)) return template
  const missing = !strict && event._tag === 'EpochEnd' ? (event.missing ?? []) : []
  const fields = {
    ...Object.fromEntries(missing.map((metric) => [metric, NaN])),
    epoch: event.epoch + 1,
    ...(event.batch !== null && { batch: event.batch + 1 }),
    ...event.logs,
  }
  const filled = formatPython(template, fields)
  if (E.isLeft(filled)) throw new OptionError([{ path: 'path', message: filled.left.message }])
  return filled.right
}

/** A command with its path filled in. */
export const locate = (command: Command, event: TrainingEvent): Command => {
  if (command._tag !== 'SaveModel' && command._tag !== 'DeleteModel') return command
  const path = fillPath(command.path, event)
  return path === command.path ? command : { ...command, path }
}
