import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import {
  after,
  always,
  and,
  atMost,
  before,
  between,
  cooldown,
  during,
  emit,
  everyN,
  log,
  machine,
  never,
  not,
  onceAt,
  or,
  whenAbove,
  type Count,
  type TrainingEvent,
  type Trigger,
} from 'rxfit'
import { commands, events, firings } from 'rxfit/testing'
import { optionError } from './helpers.js'

const four = [{ loss: 1 }, { loss: 2 }, { loss: 3 }, { loss: 4 }]
/** The epochs and batches at which a trigger alone has its commands carried out. */
const places = (trigger: Trigger<never>, run = events(four, { batchesPerEpoch: 2 })): ReadonlyArray<string> => {
  const policy = emit((event) => log(event.batch === null ? `${event.epoch}` : `${event.epoch}.${event.batch}`))(
    trigger,
  )
  return machine
    .run(policy)(run as ReadonlyArray<TrainingEvent<never>>)[0]
    .flat()
    .map((command) => (command._tag === 'Log' ? command.message : '?'))
}

describe('everyN', () => {
  it.each([
    [1, 'epochs', ['0', '1', '2', '3']],
    [3, 'epochs', ['2']],
    [3, 'batches', ['1.0', '2.1']],
    [9, 'epochs', []],
  ] as const)('%i %s', (n, unit, expected) => expect(places(everyN(n, unit))).toEqual(expected))
  it('seconds go by the clock of the events', () => {
    const run = events(four, { batchesPerEpoch: 2 }).map((event, i) => ({ ...event, at: 1000 + i * 500 }))
    // looked at when batches and epochs end: at least 2 s after training began, then 2 s after each firing
    expect(places(everyN(2, 'seconds'), run)).toEqual(['0.1', '1.0', '2.0', '3.0'])
  })
  it('seconds of a clock that stands still never pass', () => expect(places(everyN(0.001, 'seconds'))).toEqual([]))
  it.each([
    [0, 'epochs'],
    [-1, 'epochs'],
    [1.5, 'batches'],
    [NaN, 'epochs'],
    [0, 'seconds'],
    [Infinity, 'seconds'],
    [1, 'weeks' as 'epochs'],
  ] as const)('refuses %s %s', (n, unit) => expect(optionError(() => everyN(n, unit)).problems).toHaveLength(1))
  it('says how many', () => expect(commands(emit(log('x'))(everyN(2)), four)[0]?.why).toEqual({ epochs: 2 }))
})

describe('onceAt', () => {
  it.each<readonly [number, Count, ReadonlyArray<string>]>([
    [1, 'epochs', ['0']],
    [3, 'batches', ['1.0']],
    [9, 'epochs', []],
  ])('%i %s', (n, unit, expected) => expect(places(onceAt(n, unit))).toEqual(expected))
  it('refuses 0', () => expect(optionError(() => onceAt(0)).message).toBe('onceAt.n: must be 1 or more, got 0'))
})

describe('ambient triggers alone', () => {
  it.each<readonly [string, Trigger<never>, ReadonlyArray<string>]>([
    ['after 2', after(2), ['1', '2', '3']],
    ['after 0', after(0), ['0', '1', '2', '3']],
    ['after 7 batches', after(7, 'batches'), ['3.0', '3.1']],
    ['before 2', before(2), ['0']],
    ['before 0', before(0), []],
    ['before 3 batches', before(3, 'batches'), ['0.0', '0.1']],
    ['between 2 and 4', between(2, 4), ['1', '2']],
    ['not after 2', not(after(2)), ['0']],
    ['never', never, []],
  ])('%s', (_, trigger, expected) => expect(places(trigger)).toEqual(expected))
  it('always is every event', () => {
    expect(commands(emit(log('x'))(always), [{}]).length).toBe(events([{}]).length)
  })
  it('during is every event of a phase', () => {
    expect(places(during('train'))).toHaveLength(events(four, { batchesPerEpoch: 2 }).length)
    expect(places(during('test'))).toEqual([])
  })
})

describe('ambient triggers beside others take their events', () => {
  const rising = whenAbove('loss', 0)
  it.each<readonly [string, Trigger<'loss'>, ReadonlyArray<string>]>([
    ['and', and(rising, after(2)), ['1', '2', '3']],
    ['and, the other way round', and(after(2), rising), ['1', '2', '3']],
    ['and with batches', and(everyN(1, 'batches'), after(3)), ['3.0', '3.1']],
    ['and with two of them', and(everyN(1, 'batches'), after(1), before(2)), ['1.0', '1.1']],
    ['or', or(everyN(3), before(2)), ['0', '2']],
    ['and not', and(rising, not(after(2))), ['0']],
    ['not of both', not(and(rising, after(2))), ['0']],
    ['during', and(everyN(4, 'batches'), during('train')), ['1.1', '3.1']],
    ['during another phase', and(everyN(1), during('test')), []],
    ['always', and(always, everyN(2)), ['1', '3']],
    ['never', or(never, everyN(2)), ['1', '3']],
    ['two ambient ones are asked where the first is', or(after(3), before(2)), ['0', '2', '3']],
  ])('%s', (_, trigger, expected) => expect(places(trigger as Trigger<never>)).toEqual(expected))
})

describe('ranges refuse what makes no sense', () => {
  it.each<readonly [string, () => unknown]>([
    ['after.n: must be 0 or more, got -1', () => after(-1)],
    ['before.n: must be a whole number, got 1.5', () => before(1.5)],
    ['before.n: must be a whole number, got "Infinity"', () => before(Infinity)],
    ['between.to: must be above from (4), got 2', () => between(4, 2)],
    ['after.unit: must be ("epochs" | "batches"), got "hours"', () => after(1, 'hours' as never)],
    ['during.phase: must be ("train" | "test" | "predict"), got "training"', () => during('training' as never)],
  ])('%s', (message, make) => expect(optionError(make).message).toBe(message))
})

describe('cooldown', () => {
  it.each([
    [0, [0, 1, 2, 3]],
    [1, [0, 2]],
    [2, [0, 3]],
    [9, [0]],
  ])('%i', (n, expected) => expect(firings(pipe(everyN(1), cooldown(n)), four)).toEqual(expected))
  it('in batches', () =>
    expect(places(pipe(everyN(1, 'batches'), cooldown(2, 'batches')))).toEqual(['0.0', '1.1', '3.0']))
  it('0 epochs mute nothing within an epoch either', () => {
    expect(places(pipe(everyN(1, 'batches'), cooldown(0)))).toHaveLength(8)
  })
  it('the trigger counts on while it is muted', () => {
    expect(firings(pipe(everyN(2), cooldown(2)), [...four, ...four])).toEqual([1, 5])
  })
  it('refuses less than 0', () => expect(optionError(() => cooldown(-1)(always)).problems[0]?.path).toBe('cooldown.n'))
})

describe('atMost', () => {
  it.each([
    [0, []],
    [2, [0, 1]],
    [9, [0, 1, 2, 3]],
  ])('%i', (n, expected) => expect(firings(pipe(everyN(1), atMost(n)), four)).toEqual(expected))
  it('refuses parts', () => expect(optionError(() => atMost(0.5)(always)).problems[0]?.path).toBe('atMost.n'))
})

describe('and, or, not', () => {
  it('join the numbers behind them', () => {
    const [command] = commands(emit(log('x'))(and(everyN(2), whenAbove('loss', 1))), four)
    expect(command?.why).toEqual({ epochs: 2, observed: 2, threshold: 1 })
  })
  it('each sees every event', () => {
    expect(firings(and(pipe(everyN(1), atMost(2)), everyN(2)), four)).toEqual([1])
  })
  it('of one is that one', () => {
    expect(firings(and(everyN(2)), four)).toEqual([1, 3])
    expect(firings(or(everyN(2)), four)).toEqual([1, 3])
  })
})
