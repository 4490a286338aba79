import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import {
  deleteModel,
  log,
  reduceLR,
  restoreWeights,
  saveModel,
  setLR,
  snapshotWeights,
  stopTraining,
  type Command,
} from 'rxfit'
import { initialRate, LearningRateConflict, resolve } from '../../src/runtime/resolve.js'

const tags = (commands: ReadonlyArray<Command>) => commands.map((command) => command._tag)

describe('resolve', () => {
  it('orders: observers, rate, snapshot, save, delete, restore, stop', () => {
    const asked = [
      stopTraining('a'),
      restoreWeights('best'),
      deleteModel('old'),
      saveModel('new'),
      snapshotWeights('best'),
      reduceLR(0.5),
      log('last'),
    ]
    expect(tags(resolve(asked, initialRate(1)).commands)).toEqual([
      'Log',
      'SetLearningRate',
      'SnapshotWeights',
      'SaveModel',
      'DeleteModel',
      'RestoreWeights',
      'StopTraining',
    ])
  })
  it('keeps every reason of a stop, and every author', () => {
    const stops = [
      { ...stopTraining('flat'), by: 'earlyStopping' },
      { ...stopTraining('too long'), by: 'budget' },
      { ...stopTraining('flat'), by: 'another' },
    ]
    expect(resolve(stops, initialRate(1)).commands).toEqual([
      { _tag: 'StopTraining', reason: 'flat; too long', by: 'earlyStopping, budget, another' },
    ])
  })
  it('makes the rate the value that was set times all scales', () => {
    const first = resolve([setLR(0.5), reduceLR(0.5), reduceLR(0.5)], initialRate(1))
    expect(first.learningRate.value).toBe(0.125)
    expect(resolve([setLR(0.25)], first.learningRate).learningRate.value).toBe(0.0625)
  })
  it('remembers scales from before a schedule began', () => {
    const scaled = resolve([reduceLR(0.5)], initialRate(1)).learningRate
    expect(resolve([setLR(0.1)], scaled).learningRate.value).toBe(0.05)
  })
  it('scales through a schedule that starts at zero', () => {
    const zero = resolve([setLR(0)], initialRate(1)).learningRate
    const scaled = resolve([reduceLR(0.5)], zero).learningRate
    expect(resolve([setLR(0.2)], scaled).learningRate.value).toBe(0.1)
  })
  it('neither cuts below the floor nor raises what is below it', () => {
    expect(resolve([reduceLR(0.5, { min: 0.8 })], initialRate(1)).learningRate.value).toBe(0.8)
    expect(resolve([reduceLR(0.5, { min: 0.8 })], initialRate(0.1)).learningRate.value).toBe(0.1)
  })
  it('refuses two different values at one event, and names who asked', () => {
    const asked = [
      { ...setLR(0.1), by: 'schedule' },
      { ...setLR(0.2), by: 'user' },
    ]
    expect(() => resolve(asked, initialRate(1))).toThrow(LearningRateConflict)
    expect(() => resolve(asked, initialRate(1))).toThrow(/schedule and user/)
  })
  it('does not delete what it has just saved', () => {
    expect(tags(resolve([deleteModel('a'), saveModel('a')], initialRate(1)).commands)).toEqual(['SaveModel'])
  })
  it('leaves commands of your own where they stand', () => {
    const mine = [{ _tag: 'Page' } as unknown as Command, log('x')]
    expect(resolve(mine, initialRate(1)).commands).toEqual(mine)
  })
  it('loses nothing that observes, and stops at most once', () => {
    const command = fc.constantFrom<Command>(
      log('a'),
      stopTraining('b'),
      reduceLR(0.5),
      snapshotWeights(),
      saveModel('m'),
      restoreWeights(),
    )
    fc.assert(
      fc.property(fc.array(command, { maxLength: 12 }), (asked) => {
        const { commands } = resolve(asked, initialRate(1))
        const count = (list: ReadonlyArray<Command>, tag: string) => tags(list).filter((t) => t === tag).length
        expect(count(commands, 'Log')).toBe(count(asked, 'Log'))
        expect(count(commands, 'StopTraining')).toBe(Math.min(1, count(asked, 'StopTraining')))
        const stop = tags(commands).indexOf('StopTraining')
        if (stop >= 0) expect(stop).toBe(commands.length - 1)
      }),
    )
  })
})
