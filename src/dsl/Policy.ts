import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { none, type Command } from './Command.js'
import type { Json } from './Json.js'
import * as Machine from './Machine.js'
import { callable, type Callable } from './Operator.js'
import { around, draw, label, type Spec } from './Spec.js'
import type { Tag, TrainingEvent } from './TrainingEvent.js'

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

/** A policy's step without the look at the event's tag, for those who have looked already. */
const Bare: unique symbol = Symbol('bare step')

type Stepper = Machine.Step<TrainingEvent<never>, ReadonlyArray<Command>>

/** Makes a policy of a machine; at events that its spec doesn't name it stays as it is and asks for nothing. */
export const make = <M extends string>(
  machine: Machine.Machine<TrainingEvent<M>, ReadonlyArray<Command>>,
): Policy<M> => {
  const events: ReadonlySet<Tag> = new Set(machine.spec.events)
  const { step } = machine
  const guarded: Machine.Step<TrainingEvent<M>, ReadonlyArray<Command>> = (state, event) =>
    events.has(event._tag) ? step(state, event) : [none, state]
  return callable({ ...Machine.bones(machine), step: guarded }, (commands) => commands, {
    [TypeId]: TypeId,
    [Bare]: step,
  } as const)
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
  const init: ReadonlyArray<Json> = parts.map((part) => part.init)
  const steps = parts.map((part) => (part as unknown as { readonly [Bare]: Stepper })[Bare])
  return make<M>(
    Machine.make(
      spec,
      init,
      // the innermost loop of every fit and every replay: indices, no iterators
      (states, event: TrainingEvent<M>) => {
        const due = listeners.get(event._tag) ?? []
        let next: Array<Json> | undefined
        let commands: ReadonlyArray<Command> = none
        let joined: Array<Command> | undefined
        let at = 0
        try {
          for (; at < due.length; at += 1) {
            const i = due[at] as number
            const state = states[i] as Json
            const result = (steps[i] as Stepper)(state, event)
            if (result[1] !== state) (next ??= states.slice())[i] = result[1]
            const asked = result[0]
            if (asked.length === 0) continue
            if (joined) joined.push(...asked)
            else if (commands.length === 0) commands = asked
            else commands = joined = [...commands, ...asked]
          }
        } catch (cause) {
          throw blame(parts[due[at] as number] as Policy<never>, event, cause)
        }
        return [commands, next ?? states]
      },
      (states) => parts.flatMap((part, i) => Machine.insights(part, states[i] as Json)),
    ),
  )
}

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
