import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  all,
  earlyStopping,
  emit,
  everyN,
  idle,
  log,
  on,
  policy,
  reduceLROnPlateau,
  stopIf,
  stopTraining,
  terminateOnNaN,
  whenBelow,
} from 'rxfit'
import type { Command, Policy, TrainingEvent } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { compare } from 'rxfit/replay'
import {
  laws,
  learningCurve,
  learningRows,
  noisyDecay,
  oscillating,
  plateaued,
  separate,
  withGaps,
  diverging,
} from 'rxfit/testing/properties'

describe('curves', () => {
  const arbitraries = { noisyDecay, plateaued, diverging, oscillating, learningCurve }
  it.each(Object.entries(arbitraries))('%s has 1 to maxEpochs epochs', (_, arbitrary) =>
    fc.assert(
      fc.property(arbitrary({ maxEpochs: 7 }), (values) => {
        expect(values.length).toBeGreaterThanOrEqual(1)
        expect(values.length).toBeLessThanOrEqual(7)
      }),
    ),
  )
  it('diverging ends in what is not finite', () =>
    fc.assert(fc.property(diverging(), (values) => values.length === 1 || !Number.isFinite(values.at(-1)))))
  it('noisyDecay falls, noise aside', () =>
    fc.assert(fc.property(noisyDecay(), (values) => (values.at(-1) as number) <= (values[0] as number) + 1 + 1e-9)))
  it('learning curves have gaps and NaN among them', () => {
    const all = fc.sample(learningCurve(), { numRuns: 200, seed: 1 }).flat()
    expect(all.some((x) => x === null)).toBe(true)
    expect(all.some(Number.isNaN)).toBe(true)
  })
  it('withGaps can leave all or nothing', () => {
    const one = fc.constant([1, 2, 3])
    expect(
      fc
        .sample(withGaps(one, { missing: 0, nan: 0 }), { numRuns: 50, seed: 1 })
        .every((v) => v.every((x) => x !== null && !Number.isNaN(x))),
    ).toBe(true)
    expect(
      fc
        .sample(withGaps(one, { missing: 0, nan: 1 }), { numRuns: 50, seed: 1 })
        .flat()
        .every(Number.isNaN),
    ).toBe(true)
  })
  it('are turned over where a metric should rise', () => {
    const sample = (metric: string) => fc.sample(learningRows([metric]), { numRuns: 50, seed: 3 }).flat()
    const turned = sample('loss').map(({ loss }) => ({ acc: loss === null ? null : 1 - (loss as number) }))
    expect(sample('acc')).toEqual(turned)
  })
})

/** A machine that someone wrote by hand. */
const own = (
  step: (state: never, event: TrainingEvent<never>) => readonly [ReadonlyArray<Command>, unknown],
  init: unknown = null,
): Policy<never> => policy.make<never>({ spec: { kind: 'own', events: ['EpochEnd'] }, init, step } as never)

describe('laws', () => {
  it.each([
    [
      'built of parts',
      all(earlyStopping({ patience: 2, restoreBestWeights: true }), reduceLROnPlateau({ monitor: 'acc' })),
    ],
    ['by batches', terminateOnNaN()],
    ['by hand', own((n: number) => [n > 2 ? [stopTraining()] : [], n + 1], 0)],
    ['idle', idle],
  ])('hold for a policy %s', (_, p) => {
    for (const { check } of laws(p as Policy<never>, { numRuns: 40 })) check()
  })

  const broken = (p: Policy<never>, options = {}): ReadonlyArray<string> =>
    laws(p, { numRuns: 60, seed: 1, ...options }).flatMap(({ name, check }) => {
      try {
        check()
        return []
      } catch (error) {
        expect((error as Error).message).toContain(`'own' breaks the law that it ${name}: `)
        return [name]
      }
    })

  it('find a memory outside the state', () => {
    let n = 0
    const found = broken(own((state) => [(n += 1) % 3 === 0 ? [log(String(n))] : [], state]))
    expect(found).toContain('decides the same when it is run again')
    expect(found).toContain('resumes from its state, sent through JSON')
  })
  it('find a state that is changed in place', () => {
    const counting = own(
      (state: { n: number }) => {
        state.n += 1
        return [[], state]
      },
      { n: 0 },
    )
    expect(broken(counting)).toContain('changes nothing that it is given')
  })
  it.each([
    ['NaN', () => NaN],
    ['a date', () => new Date(0)],
    ['undefined', () => ({ a: undefined })],
    ['-0', () => [-0]],
  ])('find %s in a state', (_, made) => {
    expect(broken(own(() => [[], made()]))).toContain('has only states that JSON holds')
  })
  it('find a state that loses its meaning in JSON', () => {
    const endless = own((best: number) => [best === null ? [stopTraining()] : [], Infinity], Infinity)
    expect(broken(endless)).toContain('resumes from its state, sent through JSON')
  })
  it('show the run and the seed', () => {
    const touchy = own((state, event) => {
      if ((event as TrainingEvent).logs['loss'] === undefined) throw new Error('no loss')
      return [[], state]
    })
    const { check } = laws(touchy, { seed: 5 })[1] as { check: () => void }
    expect(check).toThrow(/no loss\non a run of \d+ epochs? ?\(seed 5\):\n {2}\{/)
  })
  it('want a policy', () => expect(() => laws([] as never)).toThrow('must be a policy'))
})

describe('separate', () => {
  it('finds the smallest run', () => {
    const found = separate(earlyStopping({ patience: 2 }), earlyStopping({ patience: 3 }))
    expect(found).toMatchObject({ found: true, rows: [{ val_loss: 0 }, { val_loss: 0 }, { val_loss: 0 }] })
  })
  it.each<[string, Policy<never>, Policy<never>]>([
    ['a small minDelta', earlyStopping({ patience: 2 }), earlyStopping({ patience: 2, minDelta: 1e-4 })],
    ['a limit', emit(stopTraining())(whenBelow('loss', 0.31)), emit(stopTraining())(whenBelow('loss', 0.32))],
    ['a long patience', earlyStopping({ patience: 30 }), earlyStopping({ patience: 31 })],
    [
      'a late save beside a short patience',
      all(earlyStopping({ patience: 2 }), emit(stopTraining())(everyN(25))),
      earlyStopping({ patience: 2 }),
    ],
    [
      'a metric that only a function reads',
      stopIf((e) => (e.logs['f2'] as number) > 3, 'x'),
      stopIf((e) => (e.logs['f2'] as number) > 4, 'x'),
    ],
    ['batches', terminateOnNaN(), idle],
    [
      'a direction',
      earlyStopping({ monitor: 'reward', mode: 'max' }),
      earlyStopping({ monitor: 'reward', mode: 'min' }),
    ],
    ['no rows at all', on('TrainEnd', () => stopTraining()), idle],
  ] as never)('finds %s', (_, a, b) => {
    const found = separate(a, b)
    expect(found.found).toBe(true)
    if (!found.found) return
    const log = fromEpochs(found.rows)
    const metrics = [...log.metrics, 'val_loss', 'loss', 'reward', 'f2']
    expect(compare(a, b, [{ ...log, metrics }]).agree).toBe(false)
  })
  it('says honestly that it found none', () => {
    expect(separate(earlyStopping({ patience: 1 }), earlyStopping({ patience: 0 }), { curves: 200, seed: 9 })).toEqual({
      found: false,
      curves: 200,
      seed: 9,
    })
    expect(separate(idle, idle, { curves: 5 })).toEqual({ found: false, curves: 5, seed: 0 })
  })
  it('finds the same with the same seed', () => {
    const [a, b] = [earlyStopping({ patience: 4, minDelta: 0.3 }), earlyStopping({ patience: 4 })]
    expect(separate(a, b, { seed: 3 })).toEqual(separate(a, b, { seed: 3 }))
  })
  it('throws what a policy throws', () => {
    const angry = on('EpochEnd', () => {
      throw new Error('always')
    })
    expect(() => separate(angry, idle, { curves: 10 })).toThrow('always')
  })
})
