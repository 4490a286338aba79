import { describe, expect, it } from 'vitest'
import { all, earlyStopping, emit, everyN, idle, modelCheckpoint, reduceLROnPlateau, saveModel, stopIf } from 'rxfit'
import { ExpectationError, curve, expectDecisions, runPolicy } from 'rxfit/testing'

const stopping = earlyStopping({ patience: 2 })
const both = all(stopping, reduceLROnPlateau({ monitor: 'loss', patience: 1 }))

const refusal = (f: () => unknown): ExpectationError => {
  try {
    f()
  } catch (error) {
    expect(error).toBeInstanceOf(ExpectationError)
    return error as ExpectationError
  }
  throw new Error('nothing was thrown')
}

describe('runPolicy', () => {
  it('takes numbers, marbles, rows and logs', () => {
    const rows = [1, 0.8, 0.9, 0.9].map((val_loss) => ({ val_loss }))
    for (const run of [[1, 0.8, 0.9, 0.9], '1 .8 .9 .9', rows, curve('1 .8 .9 .9')])
      expect(runPolicy(stopping, run).outcome.stoppedEpoch).toBe(3)
  })
  it('gives numbers to the one metric that the policy reads, missing or not', () => {
    expect(runPolicy(earlyStopping({ monitor: 'loss' }), [1, 1]).outcome.stoppedEpoch).toBe(1)
    expect(runPolicy(earlyStopping({ monitor: 'acc', onMissing: 'skip' }), [1, 1]).outcome.stoppedEpoch).toBe(1)
    expect(
      runPolicy(
        stopIf((e) => e.logs.loss < 2, 'low'),
        [3, 1],
        { metric: 'loss' },
      ).outcome.stoppedEpoch,
    ).toBe(1)
    expect(runPolicy(idle, [1, null, 2]).outcome.epochsRun).toBe(3)
  })
  it('refuses bare numbers for several', () =>
    expect(() => runPolicy(both, [1, 2])).toThrow("'all(val_loss, loss)' reads val_loss, loss: give rows"))
  it('takes an empty run, and one epoch', () => {
    expect(runPolicy(stopping, []).outcome).toMatchObject({ epochsRun: 0, verdict: 'censored' })
    expect(runPolicy(stopping, '').outcome.epochsRun).toBe(0)
    expect(runPolicy(stopping, [NaN]).outcome.epochsRun).toBe(1)
  })
  it('takes rates', () => {
    const cut = reduceLROnPlateau({ patience: 1, factor: 0.5 })
    expect(runPolicy(cut, [1, 1], { learningRate: 0.1 }).outcome.learningRates).toEqual([0.1, 0.05])
  })
})

describe('expectDecisions', () => {
  it('chains what holds', () => {
    const policy = all(
      earlyStopping({ patience: 2, restoreBestWeights: true }),
      modelCheckpoint({ filepath: 'm', saveBestOnly: true }),
    )
    expectDecisions(policy, '3 2 2 2 1')
      .toStopAt(3)
      .toRestore(1)
      .toSaveAt(0, 1)
      .toChangeRateAt()
      .toEndWithRate(1)
      .toBe('exact')
      .toDecide(
        [0, 'SnapshotWeights'],
        [0, 'SaveModel'],
        [1, 'SnapshotWeights'],
        [1, 'SaveModel'],
        [3, 'StopTraining'],
        [3, 'RestoreWeights'],
      )
    expectDecisions(policy, '3 2 1').toNeverStop().toBe('censored')
  })
  it.each<[string, (e: ReturnType<typeof expectDecisions>) => unknown]>([
    ['expected a stop at epoch 4, got a stop at epoch 3', (e) => e.toStopAt(4)],
    ['expected no stop, got a stop at epoch 3', (e) => e.toNeverStop()],
    ['expected a change of the learning rate at epochs 1, 2, got', (e) => e.toChangeRateAt(1, 2)],
    ['at epochs 1, 2, got a change of the learning rate at no epoch', (e) => e.toChangeRateAt(1, 2)],
    ['expected a final learning rate of 0.5, got a final learning rate of 1', (e) => e.toEndWithRate(0.5)],
    ['expected a save at epoch 1, got a save at no epoch', (e) => e.toSaveAt(1)],
    ['expected the weights of epoch 0, got the weights as they are', (e) => e.toRestore(0)],
    ["expected the verdict 'censored', got the verdict 'exact'", (e) => e.toBe('censored')],
  ])('says: %s', (message, expectation) =>
    expect(refusal(() => expectation(expectDecisions(stopping, '3 2 2 2 1'))).message).toContain(message),
  )
  it('shows the run, and a difference', () => {
    const saves = emit(saveModel('m'))(everyN(2))
    const error = refusal(() => expectDecisions(saves, '3 x - 1').toDecide([0, 'SaveModel'], [3, 'SaveModel']))
    expect(error.message).toBe(
      [
        'expected other decisions (- expected, + decided):',
        '- 0 SaveModel',
        '+ 1 SaveModel',
        '  3 SaveModel',
        '',
        'epoch  val_loss  decisions',
        '    0         3',
        '    1       NaN  save the model: m',
        '    2         -',
        '    3         1  save the model: m',
        '',
        'verdict: censored',
      ].join('\n'),
    )
    expect(error).toMatchObject({ expected: ['0 SaveModel', '3 SaveModel'], actual: ['1 SaveModel', '3 SaveModel'] })
  })
  it('shows what is not run', () =>
    expect(refusal(() => expectDecisions(stopping, '3 3 3 3').toNeverStop()).message).toMatch(/^ +3 +3 +not run$/m))
})
