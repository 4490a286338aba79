import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { machine as Machines, trigger as triggerModule, type Machine, type TrainingEvent } from 'rxfit'
import { training } from './runs.js'
import { trigger, type AnyTrigger } from './specimens.js'

describe('triggers are a boolean algebra, seen by when they fire', () => {
  const { meet, join, not, zero, one, implies } = triggerModule.getBooleanAlgebra<string>()
  const fires = (t: AnyTrigger, run: ReadonlyArray<TrainingEvent>): ReadonlyArray<boolean> =>
    Machines.run(t as Machine<TrainingEvent, unknown>)(run)[0].map((firing) => firing !== undefined)
  const equal = (law: (a: AnyTrigger, b: AnyTrigger, c: AnyTrigger) => readonly [AnyTrigger, AnyTrigger]): void => {
    fc.assert(
      fc.property(trigger, trigger, trigger, training, (a, b, c, run) => {
        const [left, right] = law(a, b, c)
        expect(fires(left, run)).toEqual(fires(right, run))
      }),
      { numRuns: 100 },
    )
  }
  it('and is associative', () => equal((a, b, c) => [meet(meet(a, b), c), meet(a, meet(b, c))]))
  it('or is associative', () => equal((a, b, c) => [join(join(a, b), c), join(a, join(b, c))]))
  it('and is commutative', () => equal((a, b) => [meet(a, b), meet(b, a)]))
  it('or is commutative', () => equal((a, b) => [join(a, b), join(b, a)]))
  it('and absorbs or', () => equal((a, b) => [meet(a, join(a, b)), a]))
  it('or absorbs and', () => equal((a, b) => [join(a, meet(a, b)), a]))
  it('and is idempotent', () => equal((a) => [meet(a, a), a]))
  it('or is idempotent', () => equal((a) => [join(a, a), a]))
  it('and distributes over or', () => equal((a, b, c) => [meet(a, join(b, c)), join(meet(a, b), meet(a, c))]))
  it('or distributes over and', () => equal((a, b, c) => [join(a, meet(b, c)), meet(join(a, b), join(a, c))]))
  it('always is one', () => equal((a) => [meet(a, one), a]))
  it('never is zero', () => equal((a) => [join(a, zero), a]))
  it('nothing is and is not', () => equal((a) => [meet(a, not(a)), zero]))
  it('everything is or is not', () => equal((a) => [join(a, not(a)), one]))
  it('not undoes not', () => equal((a) => [not(not(a)), a]))
  it('De Morgan', () => equal((a, b) => [not(meet(a, b)), join(not(a), not(b))]))
  it('implies is not or', () => equal((a, b) => [implies(a, b), join(not(a), b)]))
})

describe('machines', () => {
  type M = Machine<number, number>
  /** A random machine with memory: a running sum, modulo, through a random function. */
  const machine: fc.Arbitrary<M> = fc
    .tuple(fc.func(fc.integer({ min: -5, max: 5 })), fc.integer({ min: 1, max: 7 }))
    .map(([f, modulus]) =>
      Machines.make({ kind: 'random', events: [] }, 0 as number, (sum, x: number) => [f(sum, x), (sum + x) % modulus]),
    )
  const inputs = fc.array(fc.integer({ min: -9, max: 9 }))
  const f = fc.func(fc.integer())
  const outputs = (m: M, xs: ReadonlyArray<number>): ReadonlyArray<number> => Machines.run(m)(xs)[0]
  const { compose, id } = Machines.Category
  const { map } = Machines.Functor
  const { promap } = Machines.Profunctor

  it('compose associatively', () =>
    fc.assert(
      fc.property(machine, machine, machine, inputs, (a, b, c, xs) => {
        expect(outputs(compose(c, compose(b, a)), xs)).toEqual(outputs(compose(compose(c, b), a), xs))
      }),
    ))
  it('have an identity on both sides', () =>
    fc.assert(
      fc.property(machine, inputs, (a, xs) => {
        expect(outputs(compose(a, id()), xs)).toEqual(outputs(a, xs))
        expect(outputs(compose(id(), a), xs)).toEqual(outputs(a, xs))
      }),
    ))
  it('compose as functions do on each event', () =>
    fc.assert(
      fc.property(machine, machine, inputs, (a, b, xs) => {
        expect(outputs(compose(b, a), xs)).toEqual(outputs(b, outputs(a, xs)))
      }),
    ))
  it('are functors', () =>
    fc.assert(
      fc.property(machine, f, f, inputs, (a, g, h, xs) => {
        expect(
          outputs(
            map(a, (x) => x),
            xs,
          ),
        ).toEqual(outputs(a, xs))
        expect(outputs(map(map(a, g), h), xs)).toEqual(
          outputs(
            map(a, (x) => h(g(x))),
            xs,
          ),
        )
      }),
    ))
  it('are profunctors', () =>
    fc.assert(
      fc.property(machine, f, f, f, f, inputs, (a, g, h, k, l, xs) => {
        expect(
          outputs(
            promap(
              a,
              (x: number) => x,
              (x) => x,
            ),
            xs,
          ),
        ).toEqual(outputs(a, xs))
        expect(outputs(promap(promap(a, g, h), k, l), xs)).toEqual(
          outputs(
            promap(
              a,
              (x: number) => g(k(x)),
              (x) => l(h(x)),
            ),
            xs,
          ),
        )
      }),
    ))
})
