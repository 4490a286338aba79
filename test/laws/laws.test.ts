import * as E from 'fp-ts/lib/Either.js'
import * as fc from 'fast-check'
import { from, toArray, lastValueFrom, Subject, merge, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { all, encodeJson, fromSpec, idle, machine, policy as policyModule, resume, suspend, toSpec } from 'rxfit'
import type { Command, Machine, State, TrainingEvent } from 'rxfit'
import { cut, deepFreeze, training } from './runs.js'
import { enrichers, functions, policies, policy, signals, triggers, type AnyPolicy } from './specimens.js'

type Run = ReadonlyArray<TrainingEvent>
type AnyMachine = Machine<TrainingEvent, unknown>

const runs = { numRuns: 60 }

const collect = <A>(operator: unknown, run: Run): Promise<ReadonlyArray<A>> =>
  lastValueFrom((operator as (source: Observable<TrainingEvent>) => Observable<A>)(from(run)).pipe(toArray()))

const fold = (x: unknown, run: Run, state?: State) => machine.run(x as AnyMachine, state ?? (x as AnyMachine).init)(run)

/** Commands without what JSON can't hold: a function has no equality anyway. */
const shown = (x: unknown): unknown => encodeJson(x)

const commandsOf = (p: AnyPolicy, run: Run): unknown => shown((fold(p, run)[0] as ReadonlyArray<unknown>).flat())

const throughJson = <T>(x: T): T => JSON.parse(JSON.stringify(x)) as T

const machines = { ...signals, ...triggers, ...enrichers, ...policies } as Readonly<
  Record<string, fc.Arbitrary<AnyMachine>>
>

describe('operator is the fold of step', () => {
  it.each(Object.entries(policies))('policy %s', (_, arbitrary) =>
    fc.assert(
      fc.asyncProperty(arbitrary, training, async (p, run) => {
        expect(shown(await collect(p, run))).toEqual(commandsOf(p, run))
      }),
      runs,
    ),
  )
  it.each(Object.entries(signals))('signal %s', (_, arbitrary) =>
    fc.assert(
      fc.asyncProperty(arbitrary, training, async (s, run) => {
        expect(await collect(s, run)).toEqual(fold(s, run)[0].filter((x) => x !== undefined))
      }),
      runs,
    ),
  )
  it.each(Object.entries(triggers))('trigger %s', (_, arbitrary) =>
    fc.assert(
      fc.asyncProperty(arbitrary, training, async (t, run) => {
        const [firings] = fold(t, run)
        expect(await collect(t, run)).toEqual(run.filter((_, i) => firings[i] !== undefined))
      }),
      runs,
    ),
  )
  it.each(Object.entries(enrichers))('enricher %s', (_, arbitrary) =>
    fc.assert(
      fc.asyncProperty(arbitrary, training, async (e, run) => {
        expect(await collect(e, run)).toEqual(fold(e, run)[0])
      }),
      runs,
    ),
  )
})

describe('state', () => {
  it.each(Object.entries(machines))('%s resumes from JSON', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, cut, (machine, [before, after]) => {
        const [whole, end] = fold(machine, [...before, ...after])
        const [first, between] = fold(machine, before)
        const [second, end2] = fold(machine, after, throughJson(between))
        expect(shown([...first, ...second])).toEqual(shown(whole))
        expect(end2).toEqual(end)
      }),
      runs,
    )
  })
  it.each(Object.entries(machines))('%s only has states that JSON holds', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, training, (machine, run) => {
        let state = machine.init
        for (const event of run) {
          expect(throughJson(state)).toEqual(state)
          state = machine.step(state, event)[1]
        }
        expect(throughJson(state)).toEqual(state)
      }),
      runs,
    )
  })
  it.each(Object.entries(machines))('%s never changes what it is given', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, training, (machine, run) => {
        let state = deepFreeze(machine.init)
        for (const event of run) state = deepFreeze(machine.step(state, deepFreeze(event))[1])
      }),
      runs,
    )
  })
  it.each(Object.entries(machines))('the runner of %s is the fold of step, its state included', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, training, (one, run) => {
        const [outputs, state] = fold(one, run)
        const { push, state: reached } = machine.start(one)
        expect(shown(run.map((event) => push(event)))).toEqual(shown(outputs))
        expect(throughJson(reached())).toEqual(throughJson(state))
      }),
      runs,
    )
  })
  it.each(Object.entries(machines))('%s decides the same when it is run again', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, training, (machine, run) => {
        expect(shown(fold(machine, run))).toEqual(shown(fold(machine, run)))
      }),
      runs,
    )
  })
  it.each(Object.entries(policies))('two subscriptions of %s are independent', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, training, training, (p, one, other) => {
        const heard: [Array<Command>, Array<Command>] = [[], []]
        const sources = [new Subject<TrainingEvent>(), new Subject<TrainingEvent>()] as const
        sources.forEach((source, i) => p(source).subscribe((command) => heard[i]?.push(command)))
        for (let i = 0; i < Math.max(one.length, other.length); i += 1) {
          if (one[i]) sources[0].next(one[i] as TrainingEvent)
          if (other[i]) sources[1].next(other[i] as TrainingEvent)
        }
        expect(shown(heard)).toEqual([commandsOf(p, one), commandsOf(p, other)])
      }),
      runs,
    )
  })
  it.each(Object.entries(policies))('%s is quiet outside its events', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, training, (p, run) => {
        let state = p.init
        for (const event of run) {
          const [asked, next] = p.step(state, event)
          if (!p.spec.events.includes(event._tag)) {
            expect(asked).toEqual([])
            expect(next).toBe(state)
          }
          state = next
        }
      }),
      runs,
    )
  })
})

describe('all', () => {
  const several = fc.array(policy, { maxLength: 4 })
  it('is merge, in the order of positions', async () => {
    await fc.assert(
      fc.asyncProperty(several, training, async (list, run) => {
        const source = new Subject<TrainingEvent>()
        const merged = lastValueFrom(merge(...list.map((p) => p(source))).pipe(toArray()))
        run.forEach((event) => source.next(event))
        source.complete()
        expect(shown(await collect(all(...list), run))).toEqual(shown(await merged))
      }),
      runs,
    )
  })
  it('is a monoid with idle', () => {
    const { concat, empty } = policyModule.getMonoid<string>()
    fc.assert(
      fc.property(policy, policy, policy, training, (a, b, c, run) => {
        expect(commandsOf(concat(concat(a, b), c), run)).toEqual(commandsOf(concat(a, concat(b, c)), run))
        expect(commandsOf(concat(a, empty), run)).toEqual(commandsOf(a, run))
        expect(commandsOf(concat(empty, a), run)).toEqual(commandsOf(a, run))
        expect(empty).toBe(idle)
      }),
      runs,
    )
  })
})

/** What JSON may not rebuild, and says so: a pipeline of the user's own, a program that is run. */
const inCode: ReadonlySet<string> = new Set(['fromOperator', 'syncDirectory'])

describe('suspend and resume', () => {
  it.each(Object.entries(policies))('%s, deserialized with its state, goes on as it would have', (name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, cut, (p, [before, after]) => {
        const [whole, end] = fold(p, [...before, ...after])
        const [first, between] = fold(p, before)
        const text = JSON.stringify(suspend(p, between))
        // what JSON can't describe is passed
        const resumed = resume(JSON.parse(text), inCode.has(name) ? p : functions)
        if (E.isLeft(resumed)) throw resumed.left
        const [second, end2] = fold(resumed.right, after)
        expect(shown([...first, ...second])).toEqual(shown(whole))
        expect(throughJson(end2)).toEqual(throughJson(end))
        // and so does one that stands in a list, and its operator
        const inList = all(resumed.right)
        expect(commandsOf(inList, after)).toEqual(shown(second.flat()))
        expect(JSON.stringify(suspend(resumed.right, resumed.right.init))).toBe(text)
      }),
      runs,
    )
  })
})

describe('spec', () => {
  const describable = Object.entries(policies).filter(([name]) => !inCode.has(name))
  it.each(describable)('of %s survives JSON, and the rebuilt policy decides the same', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, training, (p, run) => {
        const spec = throughJson(toSpec(p))
        expect(spec).toEqual(toSpec(p))
        const rebuilt = fromSpec(spec, functions)
        if (E.isLeft(rebuilt)) throw rebuilt.left
        expect(throughJson(toSpec(rebuilt.right))).toEqual(spec)
        expect(commandsOf(rebuilt.right, run)).toEqual(commandsOf(p, run))
      }),
      runs,
    )
  })
  it.each(Object.entries(machines))('of %s is plain JSON', (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (machine) => {
        expect(throughJson(machine.spec)).toEqual(machine.spec)
      }),
      runs,
    )
  })
})
