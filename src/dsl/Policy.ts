import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { none, type Command } from './Command.js'
import type { Json } from './Json.js'
import * as Machine from './Machine.js'
import { callable, type Callable } from './Operator.js'
import { around, draw, label, type Spec } from './Spec.js'
import type { Tag, TrainingEvent } from './TrainingEvent.js'
import type { Marker } from './Marker.js'

export const TypeId: unique symbol = Symbol.for('rxfit/Policy') as never

/**
 * What users call a callback: a machine from events to commands. It is pure, it is a plain RxJS operator
 * (`events$.pipe(policy)`), and it is a value: `all` joins any number of them into one. `M` names the metrics it needs.
 */
export interface Policy<out M extends string = string> extends Callable<
  TrainingEvent<M>,
  ReadonlyArray<Command>,
  Command
> {
  readonly [TypeId]: typeof TypeId
}

/** A policy failed while it looked at an event: which one, where, and what went wrong. */
export class PolicyError extends Error {
  readonly _tag = 'PolicyError'
  override readonly name = 'PolicyError'
  constructor(
    readonly policy: string,
    readonly at: { readonly event: Tag; readonly epoch: number; readonly batch: number | null },
    override readonly cause: unknown,
  ) {
    const where = `at ${at.event} of epoch ${at.epoch} (0-based)${at.batch === null ? '' : `, batch ${at.batch}`}`
    super(`policy '${policy}' failed ${where}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

type PolicyMachine<M extends string> = Machine.Machine<TrainingEvent<M>, ReadonlyArray<Command>> & {
  readonly marker?: Marker
}

/** A policy's machine without the look at the event's tag. */
const Bare: unique symbol = Symbol('bare machine')

/** That machine, for those who have looked at the tag already. */
export const bare = (policy: Policy<never>): PolicyMachine<never> =>
  (policy as unknown as { readonly [Bare]: PolicyMachine<never> })[Bare]

/** The policies that `all` joined, those inside others too; a policy that isn't made of others is the only one. */
const Parts: unique symbol = Symbol('parts')

export const partsOf = (policy: Policy<never>): ReadonlyArray<Policy<never>> =>
  (policy as { readonly [Parts]?: ReadonlyArray<Policy<never>> })[Parts]?.flatMap(partsOf) ?? [policy]

/** Makes a policy of a machine; at events that its spec doesn't name it stays as it is and asks for nothing. */
export const make = <M extends string>(machine: PolicyMachine<M>): Policy<M> => {
  const events: ReadonlySet<Tag> = new Set(machine.spec.events)
  const guarded: PolicyMachine<M> = {
    ...Machine.bones(machine),
    step: (state, event) => (events.has(event._tag) ? machine.step(state, event) : [none, state]),
    runner: () => {
      const { push, state } = Machine.start(machine)
      return { push: (event) => (events.has(event._tag) ? push(event) : none), state }
    },
  }
  return callable(guarded, (commands) => commands, { [TypeId]: TypeId, [Bare]: machine } as const)
}

export const isPolicy = (x: unknown): x is Policy =>
  typeof x === 'function' && (x as { [TypeId]?: unknown })[TypeId] === TypeId

/** Says whose failure it was and where, unless that is said already. */
export const blame = (policy: { readonly spec: Spec }, event: TrainingEvent, cause: unknown): PolicyError =>
  cause instanceof PolicyError
    ? cause
    : new PolicyError(label(policy.spec), { event: event._tag, epoch: event.epoch, batch: event.batch }, cause)

/** The policy that never asks for anything: identity of `all`. */
export const idle: Policy<never> = make<never>(Machine.fromFunction({ kind: 'idle', events: [] }, () => none))

/**
 * Several policies as one: their commands, in the order in which they stand. An event goes only to those that act at it.
 */
export const concatAll = <M extends string>(policies: ReadonlyArray<Policy<M>>): Policy<M> => {
  const parts = policies as ReadonlyArray<Policy<never>>
  const spec: Spec = around(
    'all',
    {},
    parts.map((part) => part.spec),
  )
  const listeners = new Map<Tag, ReadonlyArray<number>>(
    spec.events.map((tag) => [tag, parts.flatMap((part, i) => (part.spec.events.includes(tag) ? [i] : []))]),
  )
  // most events are ends of epochs and batches: those needn't be looked up
  const epochEnd = listeners.get('EpochEnd')
  const batchEnd = listeners.get('BatchEnd')
  const init: ReadonlyArray<Json> = parts.map((part) => part.init)
  const bodies = parts.map(bare)

  /** Asks those that act at this event, in order; says whose failure it was. The innermost loop of fits and replays. */
  const gather = (event: TrainingEvent<never>, ask: Ask): ReadonlyArray<Command> => {
    const tag = event._tag
    const due = tag === 'EpochEnd' ? epochEnd : tag === 'BatchEnd' ? batchEnd : listeners.get(tag)
    if (due === undefined) return none
    let commands = none
    let own: Array<Command> | undefined
    let at = 0
    try {
      for (; at < due.length; at += 1) {
        const asked = ask(due[at] as number, event)
        if (asked.length === 0) continue
        if (own) for (const command of asked) own.push(command)
        else if (commands.length === 0) commands = asked
        else commands = own = [...commands, ...asked]
      }
    } catch (cause) {
      throw blame(parts[due[at] as number] as Policy<never>, event, cause)
    }
    return commands
  }

  const joined = make<M>(
    Machine.madeOf<ReadonlyArray<Json>, TrainingEvent<M>>((states) =>
      parts.map((part, i) => ({ machine: part, state: states[i] as Json })),
    )(
      Machine.make(
        spec,
        init,
        (states, event: TrainingEvent<M>) => {
          let next: Array<Json> | undefined
          const commands = gather(event, (i, happened) => {
            const state = states[i] as Json
            const [asked, after] = (bodies[i] as PolicyMachine<never>).step(state, happened)
            if (after !== state) (next ??= [...states])[i] = after
            return asked
          })
          return [commands, next ?? states]
        },
        undefined,
        () => {
          const runners = bodies.map(Machine.start)
          const pushes = runners.map((runner) => runner.push)
          const ask: Ask = (i, event) => (pushes[i] as (event: TrainingEvent<never>) => ReadonlyArray<Command>)(event)
          return {
            push: (event) => gather(event, ask),
            state: () => runners.map((runner) => runner.state()),
          }
        },
      ),
    ),
  )
  return Object.assign(joined, { [Parts]: parts })
}

/** The same policy, what it asks for looked at once more on its way out; nothing may be added, taken away or moved. Its parts stay parts. */
export const signed =
  (sign: (commands: ReadonlyArray<Command>) => ReadonlyArray<Command>) =>
  <M extends string>(policy: Policy<M>): Policy<M> => {
    const parts = (policy as { readonly [Parts]?: ReadonlyArray<Policy<M>> })[Parts]
    if (parts) return concatAll(parts.map(signed(sign)))
    const { marker } = bare(policy as unknown as Policy<never>)
    return make<M>({
      ...(marker && { marker }),
      ...Machine.map(sign)(policy),
      runner: () => {
        const { push, state } = Machine.start(policy)
        return { push: (event) => sign(push(event)), state }
      },
    })
  }

/** Asks one part, by its position. */
type Ask = (part: number, event: TrainingEvent<never>) => ReadonlyArray<Command>

/** fp-ts instance: `all` with `idle`, seen by the commands they ask for. */
export const getMonoid = <M extends string>(): Monoid<Policy<M>> => ({
  empty: idle,
  concat: (first, second) => concatAll([first, second]),
})

/**
 * The policy as JSON: what it is made of, with every option. `fromSpec` makes an equal policy of it.
 * @example
 * import { earlyStopping, toSpec } from 'rxfit'
 * toSpec(earlyStopping({ patience: 3 })).options // => { patience: 3 }
 */
export const toSpec = (policy: { readonly spec: Spec }): Spec => policy.spec

/**
 * The policy as a tree, for people.
 * @example
 * import { earlyStopping, explain } from 'rxfit'
 * explain(earlyStopping({ patience: 3 })) // => 'earlyStopping patience=3'
 */
export const explain = (policy: { readonly spec: Spec }): string => draw(policy.spec)

/**
 * Names of the metrics that it reads.
 * @example
 * import { ratio, requires } from 'rxfit'
 * requires(ratio('val_loss', 'loss')) // => ['val_loss', 'loss']
 */
export const requires = (policy: { readonly spec: Spec }): ReadonlyArray<string> => policy.spec.metrics ?? []
