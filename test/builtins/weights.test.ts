import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  all,
  gradientAccumulationScheduler,
  layerFreezing,
  machine,
  scheduleLR,
  constant,
  reduceLROnPlateau,
  resume,
  stochasticWeightAveraging,
  suspend,
  swapEMAWeights,
  weightAveraging,
  type Command,
  type Policy,
  type Tag,
  type TrainingEvent,
} from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { commands, events } from 'rxfit/testing'

const rows = (n: number) => Array.from({ length: n }, () => ({ loss: 1 }))
const tags = (asked: ReadonlyArray<Command>): ReadonlyArray<string> => asked.map((command) => command._tag)

/** What is asked for at events of these kinds, one after another. */
const at = (policy: Policy, ...happened: ReadonlyArray<Tag | readonly [Tag, number]>): ReadonlyArray<string> => {
  const [first] = events(rows(1))
  const run = happened.map((what) => {
    const [_tag, epoch] = typeof what === 'string' ? [what, 0] : what
    return { ...(first as TrainingEvent), _tag, epoch } as TrainingEvent
  })
  return machine
    .run(policy)(run)[0]
    .map((asked) => tags(asked as ReadonlyArray<Command>).join('+'))
}

describe('swapEMAWeights', () => {
  const [track, swap, restore] = ['TrackAverage', 'SwapWeights', 'RestoreWeights']
  it('tests and predicts with the average', () => {
    const policy = swapEMAWeights()
    expect(at(policy, 'TrainBegin', 'EpochBegin', 'TestBegin', 'TestEnd', 'EpochEnd', 'TrainEnd')).toEqual([
      '',
      track,
      swap,
      swap,
      '',
      restore,
    ])
    expect(at(policy, 'EpochBegin', 'PredictBegin', 'PredictEnd')).toEqual([track, swap, swap])
    // a prediction within a test doesn't bring the weights back
    expect(at(policy, 'EpochBegin', 'TestBegin', 'PredictBegin', 'PredictEnd', 'TestEnd')).toEqual([
      track,
      swap,
      '',
      '',
      swap,
    ])
  })
  it('holds it between epochs if asked to, whatever is evaluated then', () => {
    const policy = swapEMAWeights({ swapOnEpoch: true })
    expect(
      at(policy, 'EpochBegin', 'TestBegin', 'TestEnd', 'EpochEnd', ['EpochBegin', 1], ['EpochEnd', 1], 'TrainEnd'),
    ).toEqual([track, swap, swap, swap, swap, swap, ''])
    expect(at(policy, 'EpochBegin', 'EpochEnd', 'TestBegin', 'TestEnd', 'TrainEnd')).toEqual([track, swap, '', '', ''])
  })
  it('brings the weights back before training goes on, also from a test that never ended', () => {
    expect(at(swapEMAWeights(), 'EpochBegin', 'TestBegin', ['EpochBegin', 1])).toEqual([track, swap, swap])
  })
  it('does nothing where there was no training', () => {
    expect(at(swapEMAWeights(), 'TestBegin', 'TestEnd', 'TrainEnd', 'PredictBegin', 'PredictEnd')).toEqual([
      '',
      '',
      '',
      '',
      '',
    ])
  })
  it('begins anew with each fit, also one that goes on from a state', () => {
    expect(at(swapEMAWeights(), 'EpochBegin', 'TrainBegin', ['EpochBegin', 1], 'TrainEnd')).toEqual([
      track,
      '',
      track,
      restore,
    ])
    const between = swapEMAWeights({ swapOnEpoch: true })
    expect(at(between, 'EpochBegin', 'EpochEnd', 'TrainBegin', ['EpochBegin', 1])).toEqual([track, swap, '', track])
    expect(at(between, 'EpochBegin', 'EpochEnd', 'TrainBegin', 'TrainEnd')).toEqual([track, swap, '', ''])
  })
  it('refuses what can be no momentum', () => {
    expect(() => swapEMAWeights({ momentum: 1.1 })).toThrow(/momentum: must be between 0 and 1/)
    expect(() => swapEMAWeights({ overwriteFrequency: 0 })).toThrow(/overwriteFrequency: must be 1 or more/)
  })
  it('is replayed to the same decisions, and touches nothing', () => {
    const { decisions, outcome } = replay(swapEMAWeights({ swapOnEpoch: true }), fromEpochs(rows(2)))
    expect(tags(decisions.map((d) => d.command))).toEqual([track, swap, swap, swap])
    expect(outcome.verdict).toBe('censored')
  })
})

describe('weightAveraging', () => {
  it('begins with its epoch, and ends with the average', () => {
    const asked = commands(weightAveraging({ updateStartingAtEpoch: 2 }), rows(4))
    expect(asked.map((c) => c._tag)).toEqual(['TrackAverage', 'RestoreWeights'])
    expect(asked[0]).toMatchObject({ decay: 0.999, every: 1, buffers: true })
    expect(commands(weightAveraging({ updateStartingAtEpoch: 4 }), rows(4))).toEqual([])
  })
})

describe('stochasticWeightAveraging', () => {
  const rates = (options: object, epochs: number) =>
    replay(stochasticWeightAveraging(options), fromEpochs(rows(epochs), { learningRate: 0.1 })).outcome.learningRates

  it('begins as Lightning counts: with the n-th epoch, or that of a fraction', () => {
    const from = (swaEpochStart: number, epochs: number) =>
      commands(stochasticWeightAveraging({ swaEpochStart }), rows(epochs)).filter((c) => c._tag === 'AverageWeights')
        .length
    expect(from(3, 10)).toBe(8)
    expect(from(1, 10)).toBe(10)
    expect(from(0.8, 10)).toBe(3)
    expect(from(0, 10)).toBe(10)
    expect(from(0.5, 5)).toBe(4)
    expect(from(20, 10)).toBe(0)
  })
  it('takes each epoch into an equal average', () => {
    const asked = commands(stochasticWeightAveraging({ swaEpochStart: 1 }), rows(3))
    expect(asked.flatMap((c) => (c._tag === 'AverageWeights' ? [c.share] : []))).toEqual([1, 1 / 2, 1 / 3])
    expect(asked.at(-1)?._tag).toBe('RestoreWeights')
  })
  it('goes to its rate as torch’s SWALR does', () => {
    // torch 2: SWALR(SGD(lr=0.1), swa_lr=0.02, anneal_epochs=4), begun at epoch 1
    const near = (given: ReadonlyArray<number>, want: ReadonlyArray<number>) =>
      want.forEach((rate, i) => {
        expect(given[i]).toBeCloseTo(rate, 12)
      })
    const cos = (k: number) => 0.02 + (0.08 * (1 + Math.cos((Math.PI * k) / 4))) / 2
    near(rates({ swaLrs: 0.02, swaEpochStart: 2, annealingEpochs: 4 }, 7), [
      0.1,
      0.1,
      cos(1),
      cos(2),
      cos(3),
      0.02,
      0.02,
    ])
    near(
      rates({ swaLrs: 0.02, swaEpochStart: 2, annealingEpochs: 4, annealingStrategy: 'linear' }, 7),
      [0.1, 0.1, 0.08, 0.06, 0.04, 0.02, 0.02],
    )
    near(rates({ swaLrs: 0.02, swaEpochStart: 2, annealingEpochs: 0 }, 3), [0.1, 0.02, 0.02])
  })
  it('composes with cuts, and refuses another schedule', () => {
    const cut = all(
      stochasticWeightAveraging({ swaLrs: 0.02, swaEpochStart: 3, annealingEpochs: 0 }),
      reduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5 }),
    )
    const log = fromEpochs(rows(3), { learningRate: 0.1 })
    // the cut after epoch 1 holds: the schedule's value times the factor
    expect(replay(cut, log).outcome.learningRates).toEqual([0.1, 0.05, 0.005])
    const two = all(stochasticWeightAveraging({ swaLrs: 0.02 }), scheduleLR(constant(0.1)))
    expect(() => replay(two, log)).toThrow(/set by more than one policy \(stochasticWeightAveraging and scheduleLR\)/)
    expect(() => replay(all(stochasticWeightAveraging(), scheduleLR(constant(0.1))), log)).not.toThrow()
  })
  it('begins a new average where a fit goes on from a state', () => {
    const policy = stochasticWeightAveraging({ swaEpochStart: 1 })
    expect(at(policy, 'TrainBegin', 'EpochEnd', 'TrainBegin', 'TrainEnd')).toEqual(['', 'AverageWeights', '', ''])
  })
  it('refuses options that don’t hold', () => {
    expect(() => stochasticWeightAveraging({ swaEpochStart: 1.5 })).toThrow(/fraction below 1 or a whole number from 1/)
    expect(() => stochasticWeightAveraging({ swaEpochStart: -1 })).toThrow(/fraction below 1/)
    expect(() => stochasticWeightAveraging({ swaEpochStart: NaN })).toThrow(/swaEpochStart/)
    expect(() => stochasticWeightAveraging({ swaLrs: 0 })).toThrow(/swaLrs: must be above 0/)
    expect(() => stochasticWeightAveraging({ annealingEpochs: 3 })).toThrow(/swaLrs: must be given/)
  })
})

describe('gradientAccumulationScheduler', () => {
  const factors = (scheduling: Record<number, number>, n: number, from = 0) => {
    const asked = machine.run(gradientAccumulationScheduler({ scheduling }))(
      events(rows(n)).filter((e) => e.epoch >= from),
    )[0] as ReadonlyArray<ReadonlyArray<Command>>
    return asked.flat().map((c) => (c._tag === 'AccumulateGradients' ? [c.why?.['epoch'], c.batches] : c))
  }
  it('says each change, and nothing else', () => {
    expect(factors({ 4: 2, 1: 4, 5: 2 }, 7)).toEqual([
      [1, 4],
      [4, 2],
    ])
    expect(factors({ 0: 1 }, 3)).toEqual([])
  })
  it('knows where a resumed run stands', () => {
    expect(factors({ 0: 2, 3: 4 }, 6, 4)).toEqual([[4, 4]])
  })
  it('says it again where a fit goes on from a state', () => {
    const policy = gradientAccumulationScheduler({ scheduling: { 0: 2 } })
    const [, state] = machine.run(policy)(events(rows(2)) as never)
    const resumed = resume(JSON.parse(JSON.stringify(suspend(policy, state))), policy)
    if (E.isLeft(resumed)) throw resumed.left
    expect(commands(resumed.right, rows(2))).toMatchObject([{ _tag: 'AccumulateGradients', batches: 2 }])
  })
  it('refuses schedulings that are none', () => {
    for (const scheduling of [{}, { 0: 0 }, { 0: 1.5 }, { '-1': 2 }, { x: 2 }, { 1.5: 2 }])
      expect(() => gradientAccumulationScheduler({ scheduling })).toThrow(/gradientAccumulationScheduler.scheduling/)
  })
})

describe('layerFreezing', () => {
  it('freezes before the first epoch, and thaws with its own', () => {
    const policy = layerFreezing({ layers: ['a', 'b*'], until: 2 })
    expect(at(policy, 'TrainBegin', 'EpochBegin', ['EpochBegin', 1], ['EpochBegin', 2], ['EpochBegin', 3])).toEqual([
      'FreezeLayers',
      '',
      '',
      'UnfreezeLayers',
      '',
    ])
    expect(at(layerFreezing({ layers: 'a' }), 'TrainBegin', ['EpochBegin', 9])).toEqual(['FreezeLayers', ''])
  })
  it('freezes nothing in a run that is resumed behind it', () => {
    expect(at(layerFreezing({ layers: 'a', until: 2 }), ['TrainBegin', 2], ['EpochBegin', 2])).toEqual(['', ''])
  })
  it('says which layers it means, wherever it stands', () => {
    const policy = all(layerFreezing({ layers: 'a', until: 1 }), layerFreezing({ layers: ['a', 'c'] }))
    expect(policy.spec).toMatchObject({ freezes: ['a', 'c'], unfreezes: ['a'] })
  })
  it('refuses rates, which there can’t be', () => {
    for (const name of [
      'lr',
      'learningRate',
      'backboneInitialLr',
      'backboneInitialRatioLr',
      'initialDenomLr',
      'lambdaFunc',
    ])
      expect(() => layerFreezing({ layers: 'a', until: 2, [name]: 0.1 })).toThrow(/one rate for all weights/)
    expect(() => layerFreezing({ layers: 'a', untill: 2 } as never)).toThrow(/did you mean 'until'/)
    expect(() => layerFreezing({ layers: [] })).toThrow(/must name a layer/)
    expect(() => layerFreezing({ layers: 'a', until: 0 })).toThrow(/until: must be 1 or more/)
  })
})
