import type { Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { parse, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface HistoryOptions {
  /** the name under which the result of the fit has it. Default 'history' */
  readonly name?: string
}

export const historySchema = v.strictObject({ name: v.optional(text, 'history') })

/**
 * Remembers every epoch's metrics, those that enrichers added and the learning rate included: `result.remembered.history`.
 * (tfjs' own History comes with every fit; it holds what tfjs measured.)
 * @category builtins
 * @see https://keras.io/api/callbacks/
 * @example
 * import { history } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const kept = commands(history(), [{ loss: 0.5 }])
 * kept[0] // => { _tag: 'Remember', name: 'history', epoch: 0, logs: { loss: 0.5 }, lr: 1, by: 'history' }
 */
export const history = (options: HistoryOptions = {}): Policy<never> => {
  const { name } = parse('history', historySchema, options)
  return make<never>(
    Machine.fromFunction(
      { kind: 'history', options: { ...options }, events: ['EpochEnd'] },
      (event: TrainingEvent<never>): ReadonlyArray<Command> => [
        { _tag: 'Remember', name, epoch: event.epoch, logs: event.logs, lr: event.lr, by: 'history' },
      ],
    ),
  )
}
