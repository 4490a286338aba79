import { log, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { flag, parse } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { tags, type TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface NothingCallbackOptions {
  /** false: leave out the hooks of batches. Default true */
  readonly batches?: boolean
}

const schema = v.strictObject({ batches: v.optional(flag, true) })

const by = 'nothingCallback'

/** `epoch 0`, `epoch 0, batch 3`: what the hook's index is, if it has one. */
const indices = ({ _tag, epoch, batch }: TrainingEvent): string => {
  if (batch === null) return _tag.startsWith('Epoch') ? ` epoch ${epoch}` : ''
  return _tag.startsWith('Batch') ? ` epoch ${epoch}, batch ${batch}` : ` batch ${batch}`
}

/**
 * Does nothing but say which hook runs, with its indices (from 0) and the names in its logs: to see what happens when. It hears
 * every event, those of evaluation and prediction and rxfit's own feedback (`Saved`, `CommandFailed`) included.
 * @category builtins
 * @example
 * import { nothingCallback } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const said = commands(nothingCallback(), [{ loss: 0.5, val_loss: 1 }]).map((c) => c._tag === 'Log' && c.message)
 * said // => ['TrainBegin; logs: none', 'EpochBegin epoch 0; logs: none', 'EpochEnd epoch 0; logs: loss, val_loss', 'TrainEnd; logs: loss, val_loss']
 */
export const nothingCallback = (options: NothingCallbackOptions = {}): Policy<never> => {
  const { batches } = parse(by, schema, options)
  const say = (event: TrainingEvent<never>): ReadonlyArray<Command> => [
    { by, ...log(`${event._tag}${indices(event)}; logs: ${Object.keys(event.logs).join(', ') || 'none'}`) },
  ]
  return make<never>(
    Machine.fromFunction(
      {
        kind: by,
        options: { ...options },
        events: batches ? tags : tags.filter((tag) => !tag.includes('Batch')),
        ignoresRate: true,
      },
      say,
    ),
  )
}
