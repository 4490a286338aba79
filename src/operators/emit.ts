import { attribute, none, type Command, type Why } from '../dsl/Command.js'
import { encodeJson, type JsonObject } from '../dsl/Json.js'
import * as Machine from '../dsl/Machine.js'
import { make, type Policy } from '../dsl/Policy.js'
import { around, functionRef, label, type LearningRateUse } from '../dsl/Spec.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import type { Trigger } from '../dsl/Trigger.js'
import { locate } from './internal/locate.js'

/** A command, several, or a function that makes them of the event and of the numbers behind the firing. */
export type Emission<M extends string = string> =
  | Command
  | ReadonlyArray<Command>
  | ((event: TrainingEvent<M>, why: Why) => Command | ReadonlyArray<Command> | undefined)

/** What came out of a user's function, as a list. */
export const toCommands = (asked: Command | ReadonlyArray<Command> | undefined | void): ReadonlyArray<Command> =>
  asked === undefined ? none : Array.isArray(asked) ? (asked as ReadonlyArray<Command>) : [asked as Command]

const describe = (what: Emission<never>): JsonObject =>
  typeof what === 'function' ? { f: functionRef(what) } : { commands: encodeJson(toCommands(what)) }

/** What is known beforehand of a function's commands is nothing; a replay finds out as they come. */
const learningRateUse = (what: Emission<never>): LearningRateUse | undefined => {
  const tags = typeof what === 'function' ? [] : toCommands(what).map((command) => command._tag)
  return tags.includes('SetLearningRate') ? 'sets' : tags.includes('ScaleLearningRate') ? 'scales' : undefined
}

/**
 * Makes a policy of a trigger: asks for these commands each time it fires. Each command remembers who asked and the numbers
 * behind it; a `{epoch}`/`{metric}` template in a path is filled in from the event.
 * @category policies
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import { emit, stopTraining, whenAbove } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const policy = pipe(whenAbove('loss', 1), emit(stopTraining('too high')))
 * commands(policy, [{ loss: 2 }])[0]?.why // => { observed: 2, threshold: 1 }
 */
export const emit =
  <M extends string = string>(what: Emission<M>) =>
  <N extends M>(trigger: Trigger<N>): Policy<N> => {
    const by = label(trigger.spec)
    const learningRate = learningRateUse(what as Emission<never>)
    const spec = around('emit', describe(what as Emission<never>), [trigger.spec], {
      ...(learningRate && { learningRate }),
    })
    const ask = (why: Why | undefined, event: TrainingEvent<N>): ReadonlyArray<Command> => {
      if (why === undefined) return none
      const asked = toCommands(typeof what === 'function' ? what(event as unknown as TrainingEvent<M>, why) : what)
      return asked.map((command) => attribute(locate(command, event), by, why))
    }
    return make<N>(
      Machine.make(
        spec,
        trigger.init,
        (state, event: TrainingEvent<N>) => {
          const [why, next] = trigger.step(state, event)
          return [ask(why, event), next]
        },
        trigger.inspect,
        () => {
          const { push, state } = Machine.start(trigger)
          return { push: (event) => ask(push(event), event), state }
        },
      ),
    )
  }
