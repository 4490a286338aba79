import { pipe } from 'fp-ts/lib/function.js'
import type { Observable, OperatorFunction } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'
import {
  all,
  and,
  cooldown,
  derive,
  earlyStopping,
  ema,
  emit,
  enrich,
  everyN,
  fromOperator,
  idle,
  log,
  modelCheckpoint,
  monitor,
  on,
  or,
  ratio,
  reduceLR,
  reduceLROnPlateau,
  stopIf,
  stopTraining,
  terminateOnNaN,
  whenAbove,
  whenBelow,
  whenNaN,
  whenPlateau,
  type Command,
  type Enricher,
  type EpochEnd,
  type Policy,
  type Signal,
  type StrictLogs,
  type TrainingEvent,
  type Trigger,
} from 'rxfit'

declare const lossOnly: Policy<'loss'>
declare const validated: Policy<'val_loss'>
declare const both: Policy<'loss' | 'val_loss'>
declare const any: Policy

describe('a part needs the metrics that it reads', () => {
  it('monitor', () => expectTypeOf(monitor('val_loss')).toEqualTypeOf<Signal<'val_loss'>>())
  it('any string', () => expectTypeOf(monitor('my_metric')).toEqualTypeOf<Signal<'my_metric'>>())
  it('ratio', () => expectTypeOf(ratio('val_loss', 'loss')).toEqualTypeOf<Signal<'val_loss' | 'loss'>>())
  it('signals of signals', () => expectTypeOf(pipe(monitor('acc'), ema(0.9))).toEqualTypeOf<Signal<'acc'>>())
  it('triggers by name', () => expectTypeOf(whenBelow('loss', 1)).toEqualTypeOf<Trigger<'loss'>>())
  it('triggers of signals', () => expectTypeOf(whenPlateau(monitor('acc'))).toEqualTypeOf<Trigger<'acc'>>())
  it('whenNaN looks at loss', () => expectTypeOf(whenNaN()).toEqualTypeOf<Trigger<'loss'>>())
  it('counting needs none', () => expectTypeOf(everyN(1)).toEqualTypeOf<Trigger<never>>())
  it('emit keeps the need', () => {
    expectTypeOf(pipe(whenAbove('val_loss', 1), emit(stopTraining()))).toEqualTypeOf<Policy<'val_loss'>>()
  })
  it('cooldown keeps the need', () => {
    expectTypeOf(pipe(whenAbove('val_loss', 1), cooldown(1), emit(reduceLR(0.5)))).toEqualTypeOf<Policy<'val_loss'>>()
  })
  it('and, or join needs', () => {
    expectTypeOf(and(whenBelow('loss', 1), whenAbove('acc', 0))).toEqualTypeOf<Trigger<'loss' | 'acc'>>()
    expectTypeOf(or(whenBelow('loss', 1), everyN(2))).toEqualTypeOf<Trigger<'loss'>>()
  })
  it('builtins default to val_loss', () => {
    expectTypeOf(earlyStopping()).toEqualTypeOf<Policy<'val_loss'>>()
    expectTypeOf(reduceLROnPlateau({ monitor: 'loss' })).toEqualTypeOf<Policy<'loss'>>()
    expectTypeOf(modelCheckpoint({ filepath: 'm', monitor: 'acc' })).toEqualTypeOf<Policy<'acc'>>()
    // every epoch is saved, whatever is measured
    expectTypeOf(modelCheckpoint({ filepath: 'm' })).toEqualTypeOf<Policy<never>>()
    expectTypeOf(modelCheckpoint({ filepath: 'm', saveBestOnly: true })).toEqualTypeOf<Policy<'val_loss'>>()
    expectTypeOf(terminateOnNaN()).toEqualTypeOf<Policy<never>>()
  })
  it('all joins needs', () => {
    expectTypeOf(all(lossOnly, validated)).toEqualTypeOf<Policy<'loss' | 'val_loss'>>()
    expectTypeOf(
      all(
        earlyStopping(),
        stopIf((e) => (e.logs['x'] ?? 0) > 1),
        idle,
      ),
    ).toEqualTypeOf<Policy<'val_loss'>>()
  })
})

describe('a policy fits where its metrics are', () => {
  it('needs may widen', () => {
    expectTypeOf(lossOnly).toExtend<Policy<'loss' | 'val_loss'>>()
    expectTypeOf(idle).toExtend<Policy<'loss'>>()
  })
  it('and not narrow', () => {
    expectTypeOf(validated).not.toExtend<Policy<'loss'>>()
    expectTypeOf(both).not.toExtend<Policy<'loss'>>()
  })
  it('plain Policy is any policy', () => {
    expectTypeOf(lossOnly).toExtend<Policy>()
    expectTypeOf(both).toExtend<Policy>()
    expectTypeOf(fromOperator('x', (events$) => events$ as never)).toEqualTypeOf<Policy<string>>()
  })
  it('plain Policy fits nowhere narrower', () => expectTypeOf(any).not.toExtend<Policy<'loss'>>())
  it('a signal is no trigger, a trigger no policy', () => {
    expectTypeOf<Signal<'loss'>>().not.toExtend<Trigger<'loss'>>()
    expectTypeOf<Trigger<'loss'>>().not.toExtend<Policy<'loss'>>()
    expectTypeOf<Policy<'loss'>>().not.toExtend<Signal<'loss'>>()
  })
})

describe('a policy is an RxJS operator', () => {
  it('of events that carry its metrics', () => {
    const check = (events$: Observable<TrainingEvent<'loss' | 'val_loss'>>) => events$.pipe(earlyStopping())
    expectTypeOf(check).returns.toEqualTypeOf<Observable<Command>>()
  })
  it('and of no others', () => {
    const check = (events$: Observable<TrainingEvent<'loss'>>) =>
      // @ts-expect-error -- val_loss isn't reported
      events$.pipe(earlyStopping())
    expectTypeOf(check).toBeFunction()
  })
  it('assignable to OperatorFunction', () => {
    expectTypeOf(lossOnly).toExtend<OperatorFunction<TrainingEvent<'loss'>, Command>>()
    expectTypeOf(validated).not.toExtend<OperatorFunction<TrainingEvent<'loss'>, Command>>()
  })
  it('signals send numbers, triggers the events', () => {
    expectTypeOf(monitor('loss')).toExtend<OperatorFunction<TrainingEvent<'loss'>, number>>()
    expectTypeOf(everyN(1)).toExtend<OperatorFunction<TrainingEvent<'loss'>, TrainingEvent>>()
  })
})

describe('enrichers', () => {
  const gap = derive('gap', (logs) => {
    expectTypeOf(logs).toEqualTypeOf<StrictLogs>()
    return logs['loss'] ?? 0
  })
  it('of a function need nothing that types know', () => expectTypeOf(gap).toEqualTypeOf<Enricher<never, 'gap'>>())
  it('of a signal need what it reads', () => {
    expectTypeOf(derive('smooth', pipe(monitor('loss'), ema(0.9)))).toEqualTypeOf<Enricher<'loss', 'smooth'>>()
  })
  it('take the derived metric from the needs', () => {
    expectTypeOf(enrich(gap)(monitor('gap'))).toEqualTypeOf<Signal<never>>()
    expectTypeOf(enrich(gap)(whenBelow('gap', 1))).toEqualTypeOf<Trigger<never>>()
    expectTypeOf(enrich(gap)(all(lossOnly, earlyStopping({ monitor: 'gap', mode: 'min' })))).toEqualTypeOf<
      Policy<'loss'>
    >()
  })
  it('and add their own', () => {
    const smooth = derive('smooth', monitor('loss'))
    expectTypeOf(enrich(smooth)(earlyStopping({ monitor: 'smooth', mode: 'min' }))).toEqualTypeOf<Policy<'loss'>>()
  })
})

describe("users' functions", () => {
  it('emit gives the event and the numbers', () => {
    pipe(
      everyN(1),
      emit((event, why) => {
        expectTypeOf(event).toEqualTypeOf<TrainingEvent>()
        expectTypeOf(why).toExtend<Readonly<Record<string, unknown>>>()
        return log('x')
      }),
    )
  })
  it('on gives the event of that kind', () => {
    on('EpochEnd', (event) => {
      expectTypeOf(event).toEqualTypeOf<EpochEnd>()
    })
    on('TrainBegin', (event) => log(String(event.params.epochs)))
  })
  it('on knows the kinds', () => {
    // @ts-expect-error -- no such event
    on('EpochFinished', () => undefined)
  })
  it('stopIf asks at the event it was told', () => {
    stopIf(
      (event) => {
        expectTypeOf(event._tag).toEqualTypeOf<'BatchEnd'>()
        return false
      },
      'x',
      { at: 'BatchEnd' },
    )
    stopIf((event) => {
      expectTypeOf(event._tag).toEqualTypeOf<'EpochEnd'>()
      return false
    })
  })
  it('options are closed', () => {
    // @ts-expect-error -- mistyped
    earlyStopping({ patiense: 3 })
    // @ts-expect-error -- not a direction
    whenPlateau('loss', { mode: 'up' })
  })
})
