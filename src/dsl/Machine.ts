import type { Category2 } from 'fp-ts/lib/Category.js'
import type { Functor2 } from 'fp-ts/lib/Functor.js'
import type { Profunctor2 } from 'fp-ts/lib/Profunctor.js'
import { concatMap, scan, type Observable, type OperatorFunction } from 'rxjs'
import type { Json } from './Json.js'
import { around, type Spec } from './Spec.js'

/** State of a machine: immutable, and equal to itself after a trip through JSON. Only the machine knows what is inside. */
export type State = Json

/**
 * A Mealy machine: from its state and an input it makes an output and the next state. The one place where behaviour lives:
 * operators, replay and resume are all folds of `step`.
 */
export interface Machine<in I, out O> {
  readonly spec: Spec
  readonly init: State
  readonly step: Step<I, O>
  /** what a state means, for people: best value so far, epochs waited … */
  readonly inspect?: Inspect
  /** where the machine can run faster than by `step`; a law holds the two together */
  readonly runner?: () => Runner<I, O>
}

/**
 * A fold under way, its state kept in place: for replays by the million. Gives what folding `step` gives, and its state at
 * any time; belongs to whoever started it.
 */
export interface Runner<in I, out O> {
  readonly push: (input: I) => O
  readonly state: () => State
}

/** What one part of a pipeline has in mind. */
export interface Insight {
  readonly by: string
  readonly why: Readonly<Record<string, number | string | boolean | null>>
}

export type Inspect = (state: State) => ReadonlyArray<Insight>

/** Pure: the same state and input always give the same output and next state, and neither is touched. */
export type Step<in I, out O> = (state: State, input: I) => readonly [output: O, next: State]

export const URI = 'rxfit/Machine'
export type URI = typeof URI

declare module 'fp-ts/HKT' {
  interface URItoKind2<E, A> {
    readonly [URI]: Machine<E, A>
  }
}

// ---------------------------------------------------------------------------------------------------- constructors

/** Makes a machine; `S` is known inside `step` only. */
export const make = <S extends State, I, O>(
  spec: Spec,
  init: S,
  step: (state: S, input: I) => readonly [O, S],
  inspect?: (state: S) => ReadonlyArray<Insight>,
  runner?: () => Runner<I, O>,
): Machine<I, O> => ({
  spec,
  init,
  step: step as unknown as Step<I, O>,
  ...(inspect && { inspect: inspect as unknown as Inspect }),
  ...(runner && { runner }),
})

/** The machine that hands on what it gets. */
export const id = <I>(): Machine<I, I> => make({ kind: 'id', events: [] }, null, (state, input: I) => [input, state])

/** A machine without memory. */
export const fromFunction = <I, O>(spec: Spec, f: (input: I) => O): Machine<I, O> =>
  make(
    spec,
    null,
    (state, input: I) => [f(input), state],
    undefined,
    () => ({ push: f, state: () => null }),
  )

// ----------------------------------------------------------------------------------------------------- combinators

/** Runs one machine on the output of another. */
export const andThen =
  <B, C>(second: Machine<B, C>) =>
  <A>(first: Machine<A, B>): Machine<A, C> =>
    make(
      around('andThen', {}, [first.spec, second.spec]),
      [first.init, second.init] as const,
      ([s1, s2], input: A) => {
        const [middle, next1] = first.step(s1, input)
        const [output, next2] = second.step(s2, middle)
        return [output, [next1, next2] as const]
      },
      ([s1, s2]) => [...insights(first, s1), ...insights(second, s2)],
    )

/** Changes what comes out. */
export const map =
  <A, B>(f: (a: A) => B) =>
  <I>(machine: Machine<I, A>): Machine<I, B> => ({
    ...bones(machine),
    step: (state, input) => {
      const [output, next] = machine.step(state, input)
      return [f(output), next]
    },
  })

/** Changes what goes in. */
export const contramap =
  <I, J>(f: (j: J) => I) =>
  <O>(machine: Machine<I, O>): Machine<J, O> => ({
    ...bones(machine),
    step: (state, input) => machine.step(state, f(input)),
  })

/** A machine without its step: what stays when only inputs or outputs change. */
export const bones = <I, O>({ spec, init, inspect }: Machine<I, O>): Omit<Machine<I, O>, 'step' | 'runner'> => ({
  spec,
  init,
  ...(inspect && { inspect }),
})

// ----------------------------------------------------------------------------------------------------- destructors

/** What a machine has in mind in that state; empty where it doesn't say. */
export const insights = (machine: { readonly inspect?: Inspect }, state: State): ReadonlyArray<Insight> =>
  machine.inspect?.(state) ?? []

/** Feeds a list to a machine: all outputs, and the state after the last. */
export const run =
  <I, O>(machine: Machine<I, O>, from: State = machine.init) =>
  (inputs: Iterable<I>): readonly [outputs: ReadonlyArray<O>, state: State] => {
    const outputs: Array<O> = []
    let state = from
    for (const input of inputs) {
      const [output, next] = machine.step(state, input)
      outputs.push(output)
      state = next
    }
    return [outputs, state]
  }

/** Starts a fold: the machine's own runner, or one made of its step. */
export const start = <I, O>(machine: Machine<I, O>): Runner<I, O> => {
  if (machine.runner) return machine.runner()
  let state = machine.init
  return {
    push: (input) => {
      const result = machine.step(state, input)
      state = result[1]
      return result[0]
    },
    state: () => state,
  }
}

/**
 * The RxJS operator of a machine whose output is a list. Derived from `step` and from nothing else, so the two can't
 * disagree; state belongs to the subscription.
 */
export const toOperator =
  <I, A>(machine: Machine<I, ReadonlyArray<A>>): OperatorFunction<I, A> =>
  (source: Observable<I>) =>
    source.pipe(
      scan(([, state], input: I) => machine.step(state, input), [[], machine.init] as readonly [
        ReadonlyArray<A>,
        State,
      ]),
      concatMap(([output]) => output),
    )

// ------------------------------------------------------------------------------------------------------- instances

/** fp-ts instances: composition is associative with `id` as identity; `map`/`promap` act on output and input. */
export const Category: Category2<URI> = { URI, id, compose: (second, first) => andThen(second)(first) }
export const Functor: Functor2<URI> = { URI, map: (machine, f) => map(f)(machine) }
export const Profunctor: Profunctor2<URI> = {
  ...Functor,
  promap: (machine, f, g) => map(g)(contramap(f)(machine)),
}
