import { Subject, type OperatorFunction } from 'rxjs'
import { attribute, none, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { encodeJson, type Json } from '../dsl/Json.js'
import { make, type Policy } from '../dsl/Policy.js'
import { tags, type Tag, type TrainingEvent } from '../dsl/TrainingEvent.js'
import { parse, text } from '../dsl/Options.js'
import { decodeEvent } from './internal/decodeEvent.js'
import * as v from 'valibot'

/**
 * The events so far, in chunks that double: adding one copies little, and the whole is plain JSON. It is all that can be
 * known of an operator's state from outside.
 */
type Past = ReadonlyArray<ReadonlyArray<Json>>

const append = (past: Past, event: Json): Past => {
  const chunks: Array<ReadonlyArray<Json>> = [...past, [event]]
  for (;;) {
    const [a, b] = chunks.slice(-2)
    if (a === undefined || b === undefined || a.length !== b.length) return chunks
    chunks.splice(-2, 2, [...a, ...b])
  }
}

/** A running copy of the operator: what it has said since it was last asked. */
interface Live {
  readonly push: (event: TrainingEvent) => ReadonlyArray<Command>
}

const start = (operator: OperatorFunction<TrainingEvent, Command>): Live => {
  const events = new Subject<TrainingEvent>()
  let said: Array<Command> = []
  let failure: { readonly error: unknown } | undefined
  events.pipe(operator).subscribe({
    next: (command) => said.push(command),
    error: (error: unknown) => (failure = { error }),
  })
  return {
    push: (event) => {
      events.next(event)
      if (failure) throw failure.error
      const commands = said
      said = []
      return commands
    },
  }
}

const schema = v.strictObject({ name: text })

/**
 * Makes a policy of any RxJS pipeline from events to commands. Its state is opaque: it is explained by its name, and a
 * resumed run feeds it the earlier events again. What it emits later than its event (timers, promises) is carried out at the
 * next event, for nothing in rxfit waits on a timer. `events` names those that it wants (default: all).
 * @category policies
 * @example
 * import { bufferCount, filter, map } from 'rxjs'
 * import { fromOperator, log } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const pairs = fromOperator('pairs', (events$) => events$.pipe(bufferCount(2), map((two) => log(`${two.length} epochs`))), { events: ['EpochEnd'] })
 * commands(pairs, [{ loss: 1 }, { loss: 2 }]).length // => 1
 */
export const fromOperator = (
  name: string,
  operator: OperatorFunction<TrainingEvent, Command>,
  { events = tags }: { readonly events?: ReadonlyArray<Tag> } = {},
): Policy => {
  parse('fromOperator', schema, { name })
  // A running copy belongs to the one state it has come to. Any other state (resumed, branched) gets a copy of its own.
  const running = new WeakMap<Past, Live>()
  const resume = (past: Past): Live => {
    const live = start(operator)
    for (const chunk of past) for (const event of chunk) live.push(decodeEvent(event))
    return live
  }
  const spec = { kind: 'fromOperator', options: { name, events: [...events] }, events }
  return make<string>(
    Machine.make(
      spec,
      [] as Past,
      (past, event: TrainingEvent) => {
        const live = running.get(past) ?? resume(past)
        running.delete(past)
        const commands = live.push(event)
        const next = append(past, encodeJson(event))
        running.set(next, live)
        return [commands.length === 0 ? none : commands.map((command) => attribute(command, name)), next]
      },
      (past) => [
        {
          by: name,
          why: { events: past.reduce((n, chunk) => n + chunk.length, 0) },
          needs: "whatever its pipeline waits for: rxfit can't see into it",
        },
      ],
    ),
  )
}
