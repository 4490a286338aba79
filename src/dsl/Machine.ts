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
  /** what a state means, for people: best value so far, epochs waited …; its parts speak for themselves */
  readonly inspect?: Inspect<I>
  /** what it is made of, each part with its share of the state */
  readonly parts?: (state: State) => ReadonlyArray<Part<I>>
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
  /** what it waits for, in words: `wait 2 of 5; val_loss below 0.31 would be an improvement` */
  readonly needs?: string
}

/** `input` is the last one, if there was one: some conditions have no memory and go by it alone. */
export type Inspect<in I> = (state: State, input?: I) => ReadonlyArray<Insight>

/** A machine inside another. */
export interface Part<in I> {
  readonly machine: Machine<never, unknown>
  readonly state: State
  /** what reaches it of an input, where that is not the input itself */
  readonly hears?: (input: I) => unknown
}

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
  inspect?: (state: S, input?: I) => ReadonlyArray<Insight>,
  runner?: () => Runner<I, O>,
): Machine<I, O> => ({
  spec,
  init,
  step: step as unknown as Step<I, O>,
  ...(inspect && { inspect: inspect as unknown as Inspect<I> }),
  ...(runner && { runner }),
})

/** The machine that hands on what it gets. */
export const id = <I>(): Machine<I, I> => make({ kind: 'id', events: [] }, null, (state, input: I) => [input, state])

/** A machine without memory. */
export const fromFunction = <I, O>(
  spec: Spec,
  f: (input: I) => O,
  inspect?: (state: null, input?: I) => ReadonlyArray<Insight>,
): Machine<I, O> =>
  make(
    spec,
    null,
    (state, input: I) => [f(input), state],
    inspect,
    () => ({ push: f, state: () => null }),
  )

/** Says what a machine is made of, so that each part can be asked what it holds. */
export const madeOf =
  <S extends State, I>(parts: (state: S) => ReadonlyArray<Part<I>>) =>
  <O>(machine: Machine<I, O>): Machine<I, O> => ({
    ...machine,
    parts: parts as unknown as (state: State) => ReadonlyArray<Part<I>>,
  })

// ----------------------------------------------------------------------------------------------------- combinators

/** Runs one machine on the output of another. */
export const andThen =
  <B, C>(second: Machine<B, C>) =>
  <A>(first: Machine<A, B>): Machine<A, C> =>
    madeOf<readonly [State, State], A>(([s1, s2]) => [
      { machine: first, state: s1 },
      { machine: second, state: s2, hears: (input) => first.step(s1, input)[0] },
    ])(
      make(
        around('andThen', {}, [first.spec, second.spec]),
        [first.init, second.init] as const,
        ([s1, s2], input: A) => {
          const [middle, next1] = first.step(s1, input)
          const [output, next2] = second.step(s2, middle)
          return [output, [next1, next2] as const]
        },
      ),
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
  <O>(machine: Machine<I, O>): Machine<J, O> => {
    const { spec, init, inspect, parts } = machine
    return {
      spec,
      init,
      ...(inspect && {
        inspect: (state: State, input?: J) => inspect(state, input === undefined ? undefined : f(input)),
      }),
      ...(parts && {
        parts: (state: State) =>
          parts(state).map(({ machine: part, state: share, hears }) => ({
            machine: part,
            state: share,
            hears: (input: J) => (hears ? hears(f(input)) : f(input)),
          })),
      }),
      step: (state, input) => machine.step(state, f(input)),
    }
  }

/** A machine without its step: what stays when only inputs or outputs change. */
export const bones = <I, O>({ spec, init, inspect, parts }: Machine<I, O>): Omit<Machine<I, O>, 'step' | 'runner'> => ({
  spec,
  init,
  ...(inspect && { inspect }),
  ...(parts && { parts }),
})

// ----------------------------------------------------------------------------------------------------- destructors

/** What a machine and its parts have in mind in that state, the outermost first; empty where none says. */
export const insights = (
  { inspect, parts }: Pick<Machine<never, unknown>, 'inspect' | 'parts'>,
  state: State,
): ReadonlyArray<Insight> => [
  ...(inspect?.(state) ?? []),
  ...(parts?.(state) ?? []).flatMap((part) => insights(part.machine, part.state)),
]

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
