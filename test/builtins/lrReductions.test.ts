import { describe, expect, it } from 'vitest'
import {
  all,
  learningRateScheduler,
  scheduledLRReduction,
  scheduleLR,
  stepDecay,
  stepwiseLRReduction,
  type Policy,
} from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'

const rates = (policy: Policy<never>, epochs: number, options = {}) =>
  replay(
    policy,
    fromEpochs(
      Array.from({ length: epochs }, () => ({})),
      { learningRate: 1, ...options },
    ),
  ).outcome.learningRates

describe('stepwiseLRReduction', () => {
  it('cuts as every n-th epoch begins', () => {
    expect(rates(stepwiseLRReduction({ epochSteps: 1, reductionFactor: 0.5 }), 4)).toEqual([1, 0.5, 0.25, 0.125])
    expect(rates(stepwiseLRReduction({ epochSteps: 3, reductionFactor: 0.5 }), 7)).toEqual([
      1, 1, 1, 0.5, 0.5, 0.5, 0.25,
    ])
  })
  it('goes by the number of the epoch, in a resumed run too', () => {
    expect(rates(stepwiseLRReduction({ epochSteps: 3, reductionFactor: 0.5 }), 3, { initialEpoch: 3 })).toEqual([
      0.5, 0.5, 0.5,
    ])
  })
  it('leaves out a cut that would lead below the floor, rather than cutting to it', () => {
    const policy = stepwiseLRReduction({ epochSteps: 1, reductionFactor: 0.5, minLr: 0.3 })
    expect(rates(policy, 4)).toEqual([1, 0.5, 0.5, 0.5])
    expect(rates(stepwiseLRReduction({ epochSteps: 1, reductionFactor: 0.5, minLr: 0.25 }), 4)).toEqual([
      1, 0.5, 0.25, 0.25,
    ])
  })
  it('multiplies a schedule', () => {
    const schedule = scheduleLR(stepDecay({ initial: 1, drop: 0.1, every: 2 }))
    expect(rates(all(schedule, stepwiseLRReduction({ epochSteps: 3, reductionFactor: 0.5 })), 4)).toEqual([
      1, 1, 0.1, 0.05,
    ])
  })
  it('refuses what is no cut', () => {
    expect(() => stepwiseLRReduction({ epochSteps: 0, reductionFactor: 1 })).toThrow(
      /epochSteps: must be 1 or more[^]*reductionFactor: must be below 1/,
    )
  })
})

describe('scheduledLRReduction', () => {
  it('cuts as the listed epochs begin, in any order', () => {
    expect(rates(scheduledLRReduction({ epochSchedule: [3, 1], reductionFactor: 0.5 }), 5)).toEqual([
      1, 0.5, 0.5, 0.25, 0.25,
    ])
  })
  it('may have a factor for each', () => {
    expect(rates(scheduledLRReduction({ epochSchedule: [3, 1], reductionFactor: [0.1, 0.5] }), 4)).toEqual([
      1, 0.5, 0.5, 0.05,
    ])
    expect(() => scheduledLRReduction({ epochSchedule: [1], reductionFactor: [0.5, 0.5] })).toThrow(
      'one for each epoch of the schedule (1), got 2',
    )
  })
  it('passes over the cuts before the epoch with which it begins', () => {
    expect(
      rates(scheduledLRReduction({ epochSchedule: [2, 5, 11], reductionFactor: 0.5 }), 3, { initialEpoch: 10 }),
    ).toEqual([1, 0.5, 0.5])
  })
  it('makes all cuts of an epoch that is listed again', () => {
    expect(rates(scheduledLRReduction({ epochSchedule: [2, 3, 2], reductionFactor: [0.5, 0.5, 0.1] }), 4)).toEqual([
      1, 1, 0.05, 0.025,
    ])
    // the second would lead below the floor
    expect(rates(scheduledLRReduction({ epochSchedule: [1, 1], reductionFactor: 0.5, minLr: 0.3 }), 2)).toEqual([
      1, 0.5,
    ])
  })
  it('leaves out a cut that would lead below the floor', () => {
    expect(rates(scheduledLRReduction({ epochSchedule: [1, 2], reductionFactor: [0.1, 0.5], minLr: 0.3 }), 4)).toEqual([
      1, 1, 0.5, 0.5,
    ])
  })
  it('does nothing without epochs', () => {
    expect(rates(scheduledLRReduction({ epochSchedule: [], reductionFactor: 0.5 }), 2)).toEqual([1, 1])
  })
})

describe('the learning rate of the notebooks', () => {
  it('decays from epoch 10 on', () => {
    const policy = learningRateScheduler((epoch, lr) => (epoch < 10 ? lr : lr * Math.exp(-0.1)))
    const found = rates(policy, 15, { learningRate: 0.01 })
    expect(found.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 0.01))
    expect(found.at(-1)?.toFixed(5)).toBe('0.00607')
  })
})
