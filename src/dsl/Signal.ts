import * as Machine from './Machine.js'
import { callable, type Callable } from './Operator.js'
import { around, label, type Spec } from './Spec.js'
import type { TrainingEvent } from './TrainingEvent.js'

export const TypeId: unique symbol = Symbol.for('rxfit/Signal') as never

/**
 * A machine from events to numbers: a value at the events that carry one, `undefined` at the others. As an RxJS operator it
 * emits those values.
 */
export interface Signal<out M extends string = string> extends Callable<TrainingEvent<M>, number | undefined, number> {
  readonly [TypeId]: typeof TypeId
  /** present where the signal has no memory: its value straight from the event */
  readonly read?: (event: TrainingEvent<M>) => number | undefined
}

const emitted = (value: number | undefined): ReadonlyArray<number> => (value === undefined ? [] : [value])

/** Makes a signal of a machine. */
export const make = <M extends string>(machine: Machine.Machine<TrainingEvent<M>, number | undefined>): Signal<M> =>
  callable(machine, emitted, { [TypeId]: TypeId } as const)

/** Makes a signal without memory. */
export const fromRead = <M extends string>(
  spec: Spec,
  read: (event: TrainingEvent<M>) => number | undefined,
): Signal<M> => Object.assign(make(Machine.fromFunction(spec, read)), { read })

export const isSignal = (x: unknown): x is Signal =>
  typeof x === 'function' && (x as { [TypeId]?: unknown })[TypeId] === TypeId

/**
 * A machine that is fed a signal's values, with a memory of its own. What everything behind a signal is made of: where the
 * signal has no memory none is kept for it.
 */
export const scan = <M extends string, S extends Machine.State, O>(
  spec: Spec,
  signal: Signal<M>,
  init: S,
  quiet: O,
  step: (state: S, value: number, event: TrainingEvent<M>) => readonly [O, S],
  inspect?: (state: S) => ReadonlyArray<Machine.Insight>,
): Machine.Machine<TrainingEvent<M>, O> => {
  const { read } = signal
  if (read)
    return Machine.madeOf<S, TrainingEvent<M>>(() => [{ machine: signal, state: signal.init }])(
      Machine.make(
        spec,
        init,
        (state, event: TrainingEvent<M>) => {
          const value = read(event)
          return value === undefined ? [quiet, state] : step(state, value, event)
        },
        inspect,
      ),
    )
  return Machine.madeOf<readonly [Machine.State, S], TrainingEvent<M>>((both) => [{ machine: signal, state: both[0] }])(
    Machine.make(
      spec,
      [signal.init, init] as readonly [Machine.State, S],
      (both, event: TrainingEvent<M>) => {
        const [value, nextSignal] = signal.step(both[0], event)
        const [output, next] = value === undefined ? ([quiet, both[1]] as readonly [O, S]) : step(both[1], value, event)
        return [
          output,
          nextSignal === both[0] && next === both[1] ? both : ([nextSignal, next] as readonly [Machine.State, S]),
        ]
      },
      inspect && ((both) => inspect(both[1])),
    ),
  )
}

/** A signal made from another's values. */
export const derive = <M extends string, S extends Machine.State>(
  spec: Spec,
  signal: Signal<M>,
  init: S,
  step: (state: S, value: number) => readonly [number | undefined, S],
  inspect?: (state: S) => Omit<Machine.Insight, 'by'>,
): Signal<M> =>
  make(
    scan<M, S, number | undefined>(
      spec,
      signal,
      init,
      undefined,
      step,
      inspect && ((state) => [{ by: label(spec), ...inspect(state) }]),
    ),
  )

/** Changes the values. */
export const map =
  (f: (value: number) => number) =>
  <M extends string>(signal: Signal<M>): Signal<M> =>
    derive(around('map', { f: { $function: f.name || 'anonymous' } }, [signal.spec]), signal, null, (state, value) => [
      f(value),
      state,
    ])

/** Two signals as one, at the events where both have a value; `f` may pass one over. */
export const zipWith = <M extends string, N extends string>(
  spec: Spec,
  first: Signal<M>,
  second: Signal<N>,
  f: (a: number, b: number) => number | undefined,
): Signal<M | N> => {
  const { read: read1 } = first
  const { read: read2 } = second
  const both = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? undefined : f(a, b)
  if (read1 && read2) {
    const parts = [first, second].map((machine) => ({ machine, state: machine.init }))
    return Object.assign(
      fromRead<M | N>(spec, (event) => both(read1(event), read2(event))),
      { parts: () => parts },
    )
  }
  return make<M | N>(
    Machine.madeOf<readonly [Machine.State, Machine.State], TrainingEvent<M | N>>(([s1, s2]) => [
      { machine: first, state: s1 },
      { machine: second, state: s2 },
    ])(
      Machine.make(spec, [first.init, second.init] as const, ([s1, s2], event: TrainingEvent<M | N>) => {
        const [a, next1] = first.step(s1, event)
        const [b, next2] = second.step(s2, event)
        return [both(a, b), [next1, next2] as const]
      }),
    ),
  )
}
