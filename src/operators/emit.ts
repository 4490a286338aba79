import { attribute, none, type Command, type Why } from '../dsl/Command.js'
import { encodeJson, type JsonObject } from '../dsl/Json.js'
import * as Machine from '../dsl/Machine.js'
import { make, type Policy } from '../dsl/Policy.js'
import { OptionError } from '../dsl/Options.js'
import { around, functionRef, label, union, type LearningRateUse } from '../dsl/Spec.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import type { Trigger } from '../dsl/Trigger.js'
import { locate } from './internal/locate.js'
import { argument, shown, sortOf } from './internal/parts.js'

/** A command, several, or a function that makes them of the event and of the numbers behind the firing. */
export type Emission<M extends string = string> =
  | Command
  | ReadonlyArray<Command>
  | ((event: TrainingEvent<M>, why: Why) => Command | ReadonlyArray<Command> | undefined)

const isCommand = (x: unknown): x is Command =>
  typeof x === 'object' && x !== null && typeof (x as { readonly _tag?: unknown })._tag === 'string'

/** What came out of a user's function, as a list; `by` is whose function it was. Nothing is no command. */
export const toCommands = (by: string, asked: unknown): ReadonlyArray<Command> => {
  if (asked === undefined || asked === null) return none
  const list: ReadonlyArray<unknown> = Array.isArray(asked) ? asked : [asked]
  if (list.every(isCommand)) return list
  const found = list === asked ? `${shown(list.find((x) => !isCommand(x)))} in its list` : shown(asked)
  throw new OptionError([{ path: by, message: `the function must give commands or nothing, got ${found}` }])
}

/** Commands that were given as such, as a list; undefined where it is a function that makes them. */
const given = (what: Emission<never>): ReadonlyArray<Command> | undefined => {
  if (typeof what === 'function' && sortOf(what) === undefined) return undefined
  const list: ReadonlyArray<unknown> = Array.isArray(what) ? what : [what]
  if (list.every(isCommand)) return list
  const found = list === what ? `${shown(list.find((x) => !isCommand(x)))} in a list` : shown(what)
  throw new OptionError([
    { path: 'emit', message: `must be given a command, a list of them or a function that makes them, got ${found}` },
  ])
}

const describe = (what: Emission<never>): JsonObject =>
  typeof what === 'function' ? { f: functionRef(what) } : { commands: encodeJson(given(what)) }

/** What is known beforehand of a function's commands is nothing; a replay finds out as they come. */
const learningRateUse = (commands: ReadonlyArray<Command>): LearningRateUse | undefined => {
  const tags = commands.map((command) => command._tag)
  return tags.includes('SetLearningRate') ? 'sets' : tags.includes('ScaleLearningRate') ? 'scales' : undefined
}

/** Layers that commands of that kind name. */
const layersOf = (commands: ReadonlyArray<Command>, tag: 'FreezeLayers' | 'UnfreezeLayers'): ReadonlyArray<string> =>
  union(...commands.map((command) => (command._tag === tag ? command.layers : undefined)))

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
export const emit = <M extends string = string>(
  what: Emission<M>,
): (<N extends M>(trigger: Trigger<N>) => Policy<N>) => {
  const commands = given(what as Emission<never>)
  const ordered = what as (event: TrainingEvent<M>, why: Why) => unknown
  return <N extends M>(trigger: Trigger<N>): Policy<N> => {
    argument('emit', 0, trigger, 'trigger')
    const by = label(trigger.spec)
    const learningRate = learningRateUse(commands ?? none)
    const freezes = layersOf(commands ?? none, 'FreezeLayers')
    const unfreezes = layersOf(commands ?? none, 'UnfreezeLayers')
    const spec = around('emit', describe(what as Emission<never>), [trigger.spec], {
      ...(freezes.length > 0 && { freezes }),
      ...(unfreezes.length > 0 && { unfreezes }),
      ...(learningRate && { learningRate }),
    })
    const ask = (why: Why | undefined, event: TrainingEvent<N>): ReadonlyArray<Command> => {
      if (why === undefined) return none
      const asked = commands ?? toCommands('emit', ordered(event as unknown as TrainingEvent<M>, why))
      return asked.map((command) => attribute(locate(command, event), by, why))
    }
    return make<N>(
      Machine.madeOf<Machine.State, TrainingEvent<N>>((state) => [{ machine: trigger, state }])(
        Machine.make(
          spec,
          trigger.init,
          (state, event: TrainingEvent<N>) => {
            const [why, next] = trigger.step(state, event)
            return [ask(why, event), next]
          },
          undefined,
          () => {
            const { push, state } = Machine.start(trigger)
            return { push: (event) => ask(push(event), event), state }
          },
        ),
      ),
    )
  }
}
