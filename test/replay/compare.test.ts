import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  all,
  earlyStopping,
  emit,
  everyN,
  idle,
  log,
  modelCheckpoint,
  on,
  reduceLROnPlateau,
  saveModel,
  setLR,
  stopTraining,
  terminateOnNaN,
} from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { compare, replay } from 'rxfit/replay'
import { curve } from 'rxfit/testing'
import { learningRows } from 'rxfit/testing/properties'
import { policy } from '../laws/specimens.js'

const run = curve('3 2 2 2 2 1')

describe('compare', () => {
  it('finds the first event, and what changed', () => {
    const options = { restoreBestWeights: true }
    const { agree, runs } = compare(
      earlyStopping({ patience: 2, ...options }),
      earlyStopping({ patience: 3, ...options }),
      [run],
    )
    expect(agree).toBe(false)
    expect(runs[0]).toMatchObject({
      agree: false,
      first: { event: 'EpochEnd', epoch: 3, batch: null, a: [{ _tag: 'StopTraining' }], b: [], validity: 'exact' },
      changed: [
        { what: 'stop', a: 3, b: 4 },
        { what: 'epochs run', a: 4, b: 5 },
      ],
      a: { verdict: 'exact' },
      b: { verdict: 'exact' },
    })
  })
  it('says since when the rate differs, which saves, which weights', () => {
    const a = all(reduceLROnPlateau({ patience: 2 }), earlyStopping({ patience: 4, restoreBestWeights: true }))
    const b = all(modelCheckpoint({ filepath: 'm{epoch}' }), earlyStopping({ patience: 9 }))
    expect(compare(a, b, [run]).runs[0]?.changed).toEqual(
      [
        { what: 'stop', a: null, b: null },
        { what: 'learning rate', epoch: 3, a: 0.1, b: 1 },
        { what: 'saves', a: '0', b: '6, last m6' },
        { what: 'weights', a: 5, b: null },
        { what: 'verdict', a: 'diverged', b: 'censored' },
      ].slice(1),
    )
  })
  it('tells a rate that is set before an epoch from one that is set after', () => {
    const [a, b] = [on('EpochBegin', () => setLR(0.5)), on('EpochEnd', () => setLR(0.5))]
    expect(compare(a, b, [run]).runs[0]?.first).toMatchObject({ event: 'EpochBegin', epoch: 0, b: [] })
  })
  it('knows batches', () => {
    const log2 = fromEpochs([{ batches: [{ loss: 1 }, { loss: NaN }] }])
    expect(compare(terminateOnNaN(), idle, [log2]).runs[0]?.first).toMatchObject({
      event: 'BatchEnd',
      epoch: 0,
      batch: 1,
    })
    const [early, late] = [emit(saveModel('a'))(everyN(1, 'batches')), emit(saveModel('a'))(everyN(2, 'batches'))]
    expect(compare(early, late, [log2]).runs[0]?.first).toMatchObject({ batch: 0, a: [{ path: 'a' }], b: [] })
  })
  it('does not compare what observes, nor words', () => {
    const quiet = emit(stopTraining('one'))(everyN(2))
    const loud = all(
      on('EpochEnd', () => log('hello')),
      emit(stopTraining('two'))(everyN(2)),
    )
    expect(compare(quiet, loud, [run]).agree).toBe(true)
  })
  it('takes slots for names, and tells them apart all the same', () => {
    const one = earlyStopping({ patience: 9, restoreBestWeights: true })
    const named = earlyStopping({ patience: 8, restoreBestWeights: true })
    expect(compare(one, named, [run]).agree).toBe(true)
    expect(compare(all(one, named), all(one, one), [run]).agree).toBe(false)
  })
  it('agrees on nothing, on one row, on NaN, on no logs at all', () => {
    const [a, b] = [earlyStopping({ patience: 1 }), earlyStopping({ patience: 2 })]
    expect(compare(a, b, []).agree).toBe(true)
    expect(compare(a, b, [curve(''), curve('1')]).agree).toBe(true)
    expect(compare(a, b, [curve('1 x')]).runs[0]?.first).toMatchObject({ epoch: 1 })
  })
  it('says that a difference is diverged', () => {
    const cut = reduceLROnPlateau({ patience: 1 })
    const found = compare(all(cut, earlyStopping({ patience: 2 })), all(cut, earlyStopping({ patience: 3 })), [run])
    expect(found.runs[0]?.first?.validity).toBe('diverged')
  })
  it('wants policies and logs', () => {
    expect(() => compare([] as never, idle, [])).toThrow('compare: the first argument must be a policy')
    expect(() => compare(idle, [] as never, [])).toThrow('the second argument')
    expect(() => compare(idle, idle, run as never)).toThrow('must be a list of logs')
    expect(() => compare(idle, idle, [null as never])).toThrow('log 0 must be a log')
  })

  const runs = learningRows(['loss', 'val_loss', 'acc', 'val_acc'], { maxEpochs: 10 }).map((rows) =>
    fromEpochs(rows.map((row) => ({ ...row, batches: [{ loss: row['loss'] ?? 1 }] }))),
  )
  const settings = { numRuns: 150, endOnFailure: true }
  const attempt = <A>(f: () => A): A | undefined => {
    try {
      return f()
    } catch {
      return undefined
    }
  }
  it('a policy agrees with itself, and the comparison is symmetric', () =>
    fc.assert(
      fc.property(policy, policy, runs, (a, b, one) => {
        const both = attempt(() => compare(a, b, [one]))
        if (!both) return
        expect(compare(a, a, [one]).agree).toBe(true)
        const back = compare(b, a, [one])
        expect(back.agree).toBe(both.agree)
        const [x, y] = [both.runs[0]?.first, back.runs[0]?.first]
        expect(x && { ...x, a: x.b, b: x.a }).toEqual(y)
      }),
      settings,
    ))
  it('those that agree have equal outcomes, those with other decisions differ', () =>
    fc.assert(
      fc.property(policy, policy, runs, (a, b, one) => {
        const compared = attempt(() => compare(a, b, [one]))
        if (!compared) return
        const steps = (p: typeof a) =>
          replay(p, one).decisions.map(({ epoch, batch, command }) => `${epoch} ${batch} ${command._tag}`)
        if (compared.agree) expect(steps(a)).toEqual(steps(b))
        else expect(compared.runs[0]?.first?.epoch).toBeGreaterThanOrEqual(0)
      }),
      settings,
    ))
})
