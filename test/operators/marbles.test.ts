import { pipe } from 'fp-ts/lib/function.js'
import { NEVER, EMPTY, Subject, take, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  all,
  derive,
  emit,
  everyN,
  idle,
  log,
  monitor,
  whenAbove,
  type Policy,
  type Signal,
  type TrainingEvent,
} from 'rxfit'
import { epochEnds, marbles } from './helpers.js'

const [a, b, c] = epochEnds([{ loss: 1 }, { loss: 3 }, { loss: 5 }]) as [TrainingEvent, TrainingEvent, TrainingEvent]
const events = { a, b, c }
const hello = pipe(whenAbove('loss', 2), emit([log('one'), log('two')]))

describe.each<readonly [string, Policy | Signal]>([
  ['policy', hello],
  ['all', all(hello, hello)],
  ['signal', monitor('loss')],
  ['trigger', everyN(1) as never],
  ['enricher', derive('x', (logs) => logs['loss'] ?? 0) as never],
])('%s', (_, operator) => {
  it('never says anything of a source that never does', () =>
    marbles(({ expectObservable }) => expectObservable((operator as Policy)(NEVER)).toBe('')))
  it('completes with its source', () =>
    marbles(({ cold, expectObservable }) => {
      expectObservable((operator as Policy)(EMPTY)).toBe('|')
      expectObservable((operator as Policy)(cold('---|'))).toBe('---|')
    }))
  it('fails with its source', () =>
    marbles(({ cold, expectObservable }) => {
      expectObservable((operator as Policy)(throwError(() => 'x'))).toBe('#', undefined, 'x')
      expectObservable((operator as Policy)(cold('--#', events, 'x'))).toBe('--#', undefined, 'x')
    }))
  it('lets go of its source when it is unsubscribed from', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a---b---c-', events)
      expectObservable((operator as Policy)(source).pipe(take(0)), '^--!').toBe('|')
      const lone = hot<TrainingEvent>('-----------')
      expectObservable((operator as Policy)(lone), '^---!').toBe('')
      expectSubscriptions(lone.subscriptions).toBe('^---!')
    }))
})

describe('timing', () => {
  it('a signal speaks when its event comes', () =>
    marbles(({ hot, expectObservable }) =>
      expectObservable(monitor('loss')(hot<TrainingEvent<'loss'>>('-a-b--c|', events as never))).toBe('-x-y--z|', {
        x: 1,
        y: 3,
        z: 5,
      }),
    ))
  it('all commands of an event come at once, in their order', () =>
    marbles(({ hot, expectObservable }) => {
      const attributed = (message: string, observed: number) => ({
        ...log(message),
        by: 'whenAbove(loss)',
        why: { observed, threshold: 2 },
      })
      expectObservable(hello(hot('-a-b------c----|', events as never))).toBe('---(xy)---(zw)-|', {
        x: attributed('one', 3),
        y: attributed('two', 3),
        z: attributed('one', 5),
        w: attributed('two', 5),
      })
    }))
  it('a trigger passes on the events at which it fires', () =>
    marbles(({ hot, expectObservable }) =>
      expectObservable(everyN(2)(hot('-a-b-c-|', events))).toBe('---b---|', events),
    ))
  it('an enricher passes every event on at once', () =>
    marbles(({ hot, expectObservable }) => {
      const double = derive('double', (logs) => (logs['loss'] ?? 0) * 2)
      expectObservable(double(hot('-a-b-|', events))).toBe('-x-y-|', {
        x: { ...a, logs: { loss: 1, double: 2 } },
        y: { ...b, logs: { loss: 3, double: 6 } },
      })
    }))
  it('idle says nothing', () =>
    marbles(({ hot, expectObservable }) => expectObservable(idle(hot('-a-b-|', events))).toBe('-----|')))
  it('an operator that is unsubscribed from in the middle of an event says no more', () => {
    const source = new Subject<TrainingEvent>()
    const heard: Array<string> = []
    hello(source)
      .pipe(take(1))
      .subscribe((command) => heard.push(command._tag === 'Log' ? command.message : ''))
    source.next(b)
    expect(heard).toEqual(['one'])
    expect(source.observed).toBe(false)
  })
})
