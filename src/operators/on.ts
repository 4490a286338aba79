import { attribute, none, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { make, type Policy } from '../dsl/Policy.js'
import { functionRef } from '../dsl/Spec.js'
import { tags, type EventOf, type Tag } from '../dsl/TrainingEvent.js'
import { func, oneOf, parse } from '../dsl/Options.js'
import { toCommands } from './emit.js'
import { locate } from './internal/locate.js'
import * as v from 'valibot'

const schema = v.strictObject({ event: oneOf(...tags), f: func })

/**
 * The shorthand for small hooks: at every event of one kind, the commands that a function makes of it. The function must be
 * pure (it also runs in replays); for side effects see `lambda`.
 * @category policies
 * @example
 * import { log, on } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const policy = on('EpochEnd', (e) => log(`epoch ${e.epoch + 1}: ${e.logs.loss}`))
 * commands(policy, [{ loss: 0.5 }]).map((c) => c._tag === 'Log' && c.message) // => ['epoch 1: 0.5']
 */
export const on = <T extends Tag>(
  event: T,
  f: (event: EventOf<T>) => Command | ReadonlyArray<Command> | undefined | void,
): Policy<never> => {
  parse('on', schema, { event, f })
  const by = `on(${event})`
  const spec = { kind: 'on', options: { event, f: functionRef(f) }, events: [event] }
  return make<never>(
    Machine.fromFunction(spec, (happened) => {
      if (happened._tag !== event) return none
      const asked = toCommands('on', f(happened as unknown as EventOf<T>))
      return asked.length === 0 ? none : asked.map((command) => attribute(locate(command, happened), by))
    }),
  )
}
