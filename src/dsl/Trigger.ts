import type { BooleanAlgebra } from 'fp-ts/lib/BooleanAlgebra.js'
import type { Why } from './Command.js'
import * as Machine from './Machine.js'
import { callable, type Callable } from './Operator.js'
import { around, type Spec } from './Spec.js'
import { tags, type Tag, type TrainingEvent } from './TrainingEvent.js'

export const TypeId: unique symbol = Symbol.for('rxfit/Trigger') as never

/** What a trigger gives when it fires: the numbers behind it. */
export type Firing = Why | undefined

/**
 * A machine that fires at some events, with the numbers that made it fire. As an RxJS operator it lets through the events at
 * which it fires. `spec.events` are those at which it is asked when it stands alone (`emit`).
 */
export interface Trigger<out M extends string = string> extends Callable<TrainingEvent<M>, Firing, TrainingEvent> {
  readonly [TypeId]: typeof TypeId
}

/** Makes a trigger of a machine. */
export const make = <M extends string>(machine: Machine.Machine<TrainingEvent<M>, Firing>): Trigger<M> =>
  callable(machine, (firing, event): ReadonlyArray<TrainingEvent> => (firing === undefined ? [] : [event]), {
    [TypeId]: TypeId,
  } as const)

/** Makes a trigger without memory. */
export const fromPredicate = <M extends string>(
  spec: Spec,
  fires: (event: TrainingEvent<M>) => Firing | false,
  inspect?: (state: null, event?: TrainingEvent<M>) => ReadonlyArray<Machine.Insight>,
): Trigger<M> => make<M>(Machine.fromFunction(spec, (event: TrainingEvent<M>) => fires(event) || undefined, inspect))

export const isTrigger = (x: unknown): x is Trigger =>
  typeof x === 'function' && (x as { [TypeId]?: unknown })[TypeId] === TypeId

/** Why a trigger fired that has no numbers to show. */
export const because: Why = {}

// ----------------------------------------------------------------------------------------------------- combinators

/** An ambient condition takes the events of what stands beside it; two others are asked at the events of either. */
const jointly = (kind: string, first: Spec, second: Spec): Spec => {
  const spec = around(kind, {}, [first, second])
  if (first.ambient && second.ambient) return { ...spec, ambient: true }
  if (first.ambient) return { ...spec, events: second.events }
  return second.ambient ? { ...spec, events: first.events } : spec
}

const combine = <M extends string, N extends string>(
  kind: string,
  first: Trigger<M>,
  second: Trigger<N>,
  join: (a: Firing, b: Firing) => Firing,
): Trigger<M | N> =>
  make<M | N>(
    Machine.madeOf<readonly [Machine.State, Machine.State], TrainingEvent<M | N>>((both) => [
      { machine: first, state: both[0] },
      { machine: second, state: both[1] },
    ])(
      Machine.make(
        jointly(kind, first.spec, second.spec),
        [first.init, second.init] as const,
        (both, event: TrainingEvent<M | N>) => {
          const [a, next1] = first.step(both[0], event)
          const [b, next2] = second.step(both[1], event)
          return [join(a, b), next1 === both[0] && next2 === both[1] ? both : ([next1, next2] as const)]
        },
      ),
    ),
  )

const merge = (a: Firing, b: Firing): Firing => (a === undefined ? b : b === undefined ? a : { ...a, ...b })

/** Fires where both fire. Both always see every event, so neither loses count. */
export const meet = <M extends string, N extends string>(a: Trigger<M>, b: Trigger<N>): Trigger<M | N> =>
  combine('and', a, b, (x, y) => (x === undefined || y === undefined ? undefined : merge(x, y)))

/** Fires where either fires. */
export const join = <M extends string, N extends string>(a: Trigger<M>, b: Trigger<N>): Trigger<M | N> =>
  combine('or', a, b, merge)

/** Fires where the other doesn't. */
export const complement = <M extends string>(trigger: Trigger<M>): Trigger<M> =>
  make<M>(
    Machine.map((firing: Firing): Firing => (firing === undefined ? because : undefined))({
      spec: {
        ...around('not', {}, [trigger.spec]),
        ...(trigger.spec.ambient && { ambient: true as const }),
      },
      init: trigger.init,
      step: trigger.step,
      parts: (state) => [{ machine: trigger, state }],
    }),
  )

/** A trigger that always fires, or never. */
const constantly = (kind: string, firing: Firing, events: ReadonlyArray<Tag>): Trigger<never> =>
  make<never>(Machine.fromFunction({ kind, events, ambient: true }, () => firing))

export const always: Trigger<never> = constantly('always', because, tags)
export const never: Trigger<never> = constantly('never', undefined, [])

/**
 * fp-ts instance: triggers are a boolean algebra, seen by when they fire (`step`); the numbers they show are not compared.
 */
export const getBooleanAlgebra = <M extends string>(): BooleanAlgebra<Trigger<M>> => ({
  meet,
  join,
  not: complement,
  zero: never,
  one: always,
  implies: (a, b) => join(complement(a), b),
})
