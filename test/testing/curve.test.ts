import { describe, expect, it } from 'vitest'
import { earlyStopping } from 'rxfit'
import { replay } from 'rxfit/replay'
import { curve } from 'rxfit/testing'
import { optionError } from '../operators/helpers.js'

const values = (...args: Parameters<typeof curve>) =>
  curve(...args).events.flatMap((e) => (e._tag === 'EpochEnd' ? [e.logs['val_loss']] : []))

describe('curve', () => {
  it('draws numbers, what is missing, NaN and the infinities', () => {
    expect(values('5 4.5 -1e-3 +2 .5 - x NaN Infinity -Infinity')).toEqual([
      ...[5, 4.5, -1e-3, 2, 0.5, undefined, NaN, NaN, Infinity, -Infinity],
    ])
  })
  it('repeats, and takes names for values', () => {
    expect(values('a*3 b -*2', { values: { a: 1, b: 2 } })).toEqual([1, 1, 1, 2, undefined, undefined])
  })
  it('is a log without epochs where nothing is drawn', () => {
    expect(curve('').epochs).toBe(0)
    expect(curve({}).epochs).toBe(0)
    expect(curve('|')).toMatchObject({ epochs: 0, end: 'completed' })
  })
  it('says that a metric is there though it was never measured', () =>
    expect(curve('- -').metrics).toEqual(['val_loss']))
  it('ends where it says so, which makes an outcome exact', () => {
    const verdict = (marbles: string) => replay(earlyStopping({ patience: 9 }), curve(marbles)).outcome.verdict
    expect([verdict('3 2 1'), verdict('3 2 1 |')]).toEqual(['censored', 'exact'])
  })
  it('takes the options of fromEpochs', () => {
    const log = curve('3 2', { learningRate: 0.1, batchesPerEpoch: 2, initialEpoch: 4 })
    expect(log.events.at(-1)).toMatchObject({ epoch: 5, lr: 0.1, step: 12 })
  })
  it.each([
    ['3 ? 1', "column 1: '?' is no column"],
    ['3 | 1', "column 1: '|' ends the run"],
    ['3*0', "column 0: '3*0': expected 1 to 100000 times"],
    ['constructor', "column 0: 'constructor' is no column"],
    ['5--4', "column 0: '5--4' is no column"],
  ])('refuses %s', (marbles, message) => expect(optionError(() => curve(marbles)).message).toContain(message))
  it('refuses lines of two lengths', () =>
    expect(optionError(() => curve({ loss: '1 2', val_loss: '1' })).message).toContain(
      'curve.val_loss: column 1: the line ends here, another has 2 columns',
    ))
})
