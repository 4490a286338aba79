import { pipe } from 'fp-ts/lib/function.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  after,
  all,
  and,
  atMost,
  before,
  cooldown,
  derive,
  earlyStopping,
  ema,
  emit,
  enrich,
  everyN,
  monitor,
  named,
  not,
  onceAt,
  or,
  reduceLR,
  reduceLROnPlateau,
  stopIf,
  stopTraining,
  whenAbove,
  whenBelow,
  whenDiverges,
  whenImproves,
  whenNaN,
  whenPlateau,
  window,
} from 'rxfit'
import type { Machine, Policy, TrainingEvent } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay, why, whyToJson, type Reason } from 'rxfit/replay'
import { curve } from 'rxfit/testing'
import { learningRows } from 'rxfit/testing/properties'
import { training } from '../laws/runs.js'
import { policies, signals, triggers } from '../laws/specimens.js'

const flat = (reason: Reason): ReadonlyArray<Reason> => [reason, ...reason.parts.flatMap(flat)]
const at = (policy: Policy<never>, marbles: string, epoch: number): ReadonlyArray<Reason> =>
  why(policy, curve(marbles), { epoch }).explanations.flatMap(({ reason }) => flat(reason))
const needsOf = (policy: unknown, marbles: string, epoch: number, part: string): string | null | undefined =>
  at(policy as Policy<never>, marbles, epoch).find((reason) => reason.part.startsWith(part))?.needs
const stop = emit(stopTraining('x'))

describe('why', () => {
  it('shows the way to each decision', () => {
    const policy = all(
      earlyStopping({ patience: 3, restoreBestWeights: true }),
      reduceLROnPlateau({ patience: 2 }),
      pipe(and(whenPlateau('val_loss', { patience: 2 }), after(2)), stop),
      named('mine')(pipe(or(everyN(4), whenNaN('val_loss')), stop)),
    )
    const paths = why(policy, curve('3 2 2 2 1')).explanations.flatMap(({ event, decisions }) =>
      decisions.map(({ epoch, path }) => `${epoch} ${event} ${path.join(' › ')}`),
    )
    expect(paths).toEqual([
      '0 EpochEnd all › earlyStopping(val_loss)',
      '1 EpochEnd all › earlyStopping(val_loss)',
      '3 EpochEnd all › reduceLROnPlateau(val_loss)',
      '3 EpochEnd all › emit › and › whenPlateau(val_loss)',
      '3 EpochEnd all › mine › emit › or › everyN',
      '3 TrainEnd all › earlyStopping(val_loss)',
    ])
  })
  it.each<[unknown, string, number, string, string | null]>([
    [
      earlyStopping({ patience: 5, minDelta: 0.5 }),
      '3 2 2',
      2,
      'earlyStopping',
      'wait 1 of 5; val_loss below 1.5 would be an improvement',
    ],
    [
      earlyStopping({ patience: 5, baseline: 1 }),
      '3 2 2',
      2,
      'earlyStopping',
      'wait 3 of 5; val_loss below 2 would be an improvement, and val_loss below 1 ends the waiting',
    ],
    [
      earlyStopping({ patience: 5, dialect: 'keras3' }),
      'x 2 2',
      2,
      'earlyStopping',
      'the best value is NaN, which nothing beats',
    ],
    [
      earlyStopping({ patience: 5, dialect: 'lightning' }),
      '3 2 2',
      2,
      'earlyStopping',
      'wait 1 of 5; val_loss below 2 would be an improvement',
    ],
    [
      earlyStopping({ monitor: 'val_loss', patience: 5, dialect: 'hf', threshold: 0.5 }),
      '3 2 2',
      2,
      'earlyStopping',
      'wait 1 of 5; val_loss below 1.5 would be an improvement',
    ],
    [
      earlyStopping({ patience: 5, dialect: 'ignite', mode: 'min' }),
      '3 2 2',
      2,
      'earlyStopping',
      'wait 1 of 5; val_loss below 2 would be an improvement',
    ],
    [
      reduceLROnPlateau({ patience: 5, dialect: 'torch', threshold: 0.5 }),
      '3 2 2 2',
      3,
      'reduceLROnPlateau',
      'wait 3 of 6; val_loss below 1.5 would be an improvement',
    ],
    [
      reduceLROnPlateau({ patience: 5, dialect: 'optax', rtol: 0.5 }),
      '3 1 1 1',
      3,
      'reduceLROnPlateau',
      'wait 2 of 5; val_loss below 0.5 would be an improvement',
    ],
    [reduceLROnPlateau({ patience: 1, cooldown: 4 }), '3 3 3', 2, 'reduceLROnPlateau', 'rests for 2 more observations'],
    [stop(whenPlateau('val_loss')), '-', 0, 'whenPlateau', 'wait 0 of 1; any val_loss would be an improvement'],
    [stop(whenBelow('val_loss', 0.31)), '1', 0, 'whenBelow', 'val_loss below 0.31'],
    [stop(whenAbove(ema(0.5)(monitor('val_loss')), 9)), '1', 0, 'whenAbove', 'ema(val_loss) above 9'],
    [stop(whenNaN('val_loss')), '1', 0, 'whenNaN', 'val_loss NaN or infinite'],
    [stop(whenDiverges('val_loss', { factor: 2 })), '1', 0, 'whenDiverges', 'val_loss above 3, or NaN or infinite'],
    [reduceAt(whenImproves('val_loss', { minDelta: 0.5 })), '2 2', 1, 'whenImproves', 'val_loss below 1.5'],
    [stop(everyN(5)), '1 1', 1, 'everyN', '3 more epochs'],
    [stop(onceAt(3)), '1 1', 1, 'onceAt', '1 more epoch'],
    [stop(after(4)), '1', 0, 'after', '3 more epochs'],
    [reduceAt(before(1)), '1 1', 1, 'before', 'its time is over'],
    [reduceAt(cooldown(3)(everyN(1))), '1 1', 1, 'cooldown', 'muted until 5 epochs are completed'],
    [reduceAt(atMost(1)(everyN(1))), '1 1', 1, 'atMost', 'it has fired as often as it may'],
    [stop(whenBelow(window(3, 'mean')(monitor('val_loss')), 0)), '1', 0, 'window', '2 more values'],
    [stopIf((e) => e.logs.val_loss > 5, 'bad'), '1', 0, 'stopIf', 'its predicate to hold: bad'],
  ])('says what is lacking, %#', (policy, marbles, epoch, part, needs) =>
    expect(needsOf(policy, marbles, epoch, part)).toBe(needs),
  )
  it('says which side of and, or and not held', () => {
    const policy = pipe(and(not(whenBelow('val_loss', 0)), or(everyN(9), after(1))), emit(reduceLR(0.5)))
    expect(
      at(and2(policy), '1', 0)
        .filter(({ sort }) => sort === 'trigger')
        .map(({ part, acts }) => `${part} ${acts}`),
    ).toEqual(['and true', 'not true', 'whenBelow(val_loss) false', 'or true', 'everyN false', 'after true'])
  })
  it('asks behind an enricher what it makes of the event', () => {
    const policy = enrich(derive('gap', (logs) => logs.val_loss - 1))(stop(whenAbove('gap', 5)))
    expect(at(policy as never, '3', 0).find(({ part }) => part === 'whenAbove(gap)')?.why).toEqual({
      observed: 2,
      threshold: 5,
    })
  })
  it('says what is not asked at an event', () => {
    const both = all(stop(everyN(1, 'batches')), earlyStopping())
    const log = fromEpochs([{ val_loss: 1 }], { batchesPerEpoch: 2 })
    const silent = stop(everyN(9, 'batches'))
    const { explanations } = why(all(silent, earlyStopping()), log, { epoch: 0 })
    expect(explanations.map(({ event, batch }) => [event, batch])).toEqual([
      ['BatchEnd', 1],
      ['EpochEnd', null],
    ])
    expect(explanations.map(({ reason }) => reason.parts.map(({ asked }) => asked))).toEqual([
      [true, false],
      [false, true],
    ])
    expect(why(both, log).explanations).toHaveLength(1)
  })
  it('has nothing on an epoch that is not run, and refuses one that is not there', () => {
    expect(why(earlyStopping({ patience: 1 }), curve('1 1 1 1'), { epoch: 3 }).explanations).toEqual([])
    expect(() => why(earlyStopping(), curve('1 1'), { epoch: 2 })).toThrow(
      'why: epoch 2 is not in the log, which has epochs 0 to 1',
    )
    expect(() => why(earlyStopping(), curve(''), { epoch: 0 })).toThrow('which has no epoch')
    expect(why(earlyStopping(), curve('')).explanations).toEqual([])
  })
  it('marks what is diverged', () => {
    const policy = reduceLROnPlateau({ patience: 1 })
    expect(why(policy, curve('1 1 1 1')).explanations.map(({ validity }) => validity)).toEqual([
      'exact',
      'diverged',
      'diverged',
    ])
    expect(why(policy, curve('1 1 1 1'), { epoch: 3 }).explanations[0]?.validity).toBe('diverged')
  })
  it('is plain JSON', () => {
    const json = JSON.stringify(whyToJson(why(stop(whenBelow('val_loss', 0)), curve('x'), { epoch: 0 })))
    expect(json).toContain('"observed":"NaN"')
  })
  it('wants a policy and a log', () => {
    expect(() => why([] as never, curve('1'))).toThrow('why: the first argument must be a policy')
    expect(() => why(earlyStopping(), Promise.resolve() as never)).toThrow('await it')
  })
})

function reduceAt(trigger: Parameters<ReturnType<typeof emit>>[0]): Policy {
  return emit(reduceLR(0.5))(trigger)
}
function and2(policy: unknown): Policy<never> {
  return policy as Policy<never>
}

describe('why and replay', () => {
  const kinds = Object.entries(policies)
  it.each(kinds)('%s: the same decisions, each with a way', (_, arbitrary) =>
    fc.assert(
      fc.property(arbitrary, learningRows(['loss', 'val_loss', 'acc', 'val_acc'], { maxEpochs: 8 }), (policy, rows) => {
        const log = fromEpochs(rows.map((row) => ({ ...row, batches: [{ loss: row['loss'] ?? 1 }] })))
        let plain
        try {
          plain = replay(policy, log)
        } catch {
          expect(() => why(policy, log)).toThrow()
          return
        }
        const { explanations, outcome } = why(policy, log)
        const decisions = explanations.flatMap((explanation) => explanation.decisions)
        expect(decisions.map(({ path: _path, ...decision }) => decision)).toEqual(plain.decisions)
        expect(outcome).toEqual(plain.outcome)
        expect(decisions.every(({ path }) => path.length > 0)).toBe(true)
      }),
      { numRuns: 40, endOnFailure: true },
    ),
  )
})

/** Combinators know their parts: a part stepped on its own does what it does inside. */
describe('parts', () => {
  type AnyMachine = Machine<TrainingEvent, unknown>
  const machines = { ...signals, ...triggers, ...policies } as Record<string, fc.Arbitrary<AnyMachine>>
  it.each(Object.entries(machines))('%s shows the machines in its spec, at every state', (_, arbitrary) =>
    fc.assert(
      fc.property(arbitrary, training, (machine, run) => {
        // schedules are no machines
        const children =
          machine.spec.kind === 'scheduleLR' || machine.spec.kind === 'learningRateScheduler'
            ? []
            : machine.spec.children
        let state = machine.init
        let parts = machine.parts?.(state) ?? []
        expect(parts.map((part) => part.machine.spec)).toEqual(children ?? [])
        for (const event of run) {
          const asked = machine.spec.events.includes(event._tag)
          const next = machine.step(state, event)[1]
          const after = machine.parts?.(next) ?? []
          // what a policy isn't asked about doesn't reach its parts
          if (asked)
            parts.forEach(({ machine: part, state: share, hears }, i) => {
              const heard = (hears ? hears(event) : event) as never
              if (machine.spec.kind === 'all' && !part.spec.events.includes(event._tag)) return
              expect(part.step(share, heard)[1]).toEqual(after[i]?.state)
            })
          state = next
          parts = after
        }
      }),
      { numRuns: 25, endOnFailure: true },
    ),
  )
  it.each(Object.entries(machines))('%s can say its state, before and after', (_, arbitrary) =>
    fc.assert(
      fc.property(arbitrary, training, (machine, run) => {
        let state = machine.init
        for (const event of run) {
          state = machine.step(state, event)[1]
          for (const { by, needs } of machine.inspect?.(state, event) ?? []) {
            expect(by).not.toBe('')
            expect(needs ?? '').not.toMatch(/undefined|null|\[object/)
          }
        }
      }),
      { numRuns: 25, endOnFailure: true },
    ),
  )
})
