import { describe, expect, it } from 'vitest'
import { earlyStopping, OptionError, type EarlyStoppingOptions } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { commands } from 'rxfit/testing'

type Curve = ReadonlyArray<number | null>
const curve = (values: Curve) => fromEpochs(values.map((val_loss) => ({ val_loss })))
const outcome = (options: EarlyStoppingOptions, values: Curve) => replay(earlyStopping(options), curve(values)).outcome

describe('earlyStopping', () => {
  it('never takes NaN for the best, first or later', () => {
    expect(outcome({ patience: 2 }, [NaN, 1, 0.5, 0.25, 0.125]).stoppedEpoch).toBeNull()
    expect(outcome({ patience: 2 }, [1, NaN, NaN, 0.5])).toMatchObject({ stoppedEpoch: 2, bestEpoch: 0 })
    expect(outcome({ patience: 2, restoreBestWeights: true }, [NaN, NaN, NaN]).restoredEpoch).toBe(0)
  })
  it('fails over a metric that the run does not report, and says which was meant', () => {
    const log = fromEpochs([{ loss: 1, val_loss: 1 }])
    expect(() => replay(earlyStopping({ monitor: 'val_los', mode: 'min' }), log)).toThrow(/did you mean 'val_loss'/)
    expect(
      replay(earlyStopping({ monitor: 'val_los', mode: 'min', onMissing: 'skip' }), log).outcome.stoppedEpoch,
    ).toBe(null)
  })
  it('does not count epochs in which the metric was not due', () => {
    expect(outcome({ patience: 2 }, [1, null, null, null, 2, 2]).stoppedEpoch).toBe(5)
  })
  it('puts the best weights back at the end, whatever ended training', () => {
    expect(outcome({ patience: 9, restoreBestWeights: true }, [3, 1, 2])).toMatchObject({
      stoppedEpoch: null,
      restoredEpoch: 1,
    })
    expect(outcome({ patience: 1, restoreBestWeights: true }, [3, 1, 2])).toMatchObject({
      stoppedEpoch: 2,
      restoredEpoch: 1,
    })
    expect(outcome({ restoreBestWeights: true, startFromEpoch: 5 }, [3, 1, 2]).restoredEpoch).toBeNull()
  })
  it('adds small gains up until they pass minDelta', () => {
    const drip = [1, 0.875, 0.75, 0.625, 0.5, 0.375]
    expect(outcome({ patience: 3, minDelta: 0.25 }, drip).stoppedEpoch).toBeNull()
    expect(outcome({ patience: 2, minDelta: -0.25 }, drip).stoppedEpoch).toBe(2)
  })
  it('lets a baseline that was not beaten run the waiting on', () => {
    expect(outcome({ patience: 2, baseline: 0.5 }, [1, 0.875, 0.75, 0.75]).stoppedEpoch).toBe(3)
  })
  it('says what it does when asked to', () => {
    const policy = earlyStopping({ patience: 1, restoreBestWeights: true, verbose: 1 })
    const said = commands(policy, [{ val_loss: 1 }, { val_loss: 2 }]).flatMap((c) =>
      c._tag === 'Log' ? [c.message] : [],
    )
    expect(said).toEqual(['Epoch 2: early stopping', 'Restoring model weights from the end of the best epoch: 1.'])
  })
  it('gives the numbers behind a stop', () => {
    const { decisions } = replay(earlyStopping({ patience: 1 }), curve([1, 2]))
    expect(decisions[0]).toMatchObject({
      by: 'earlyStopping',
      why: { observed: 2, best: 1, bestEpoch: 0, wait: 1, patience: 1 },
    })
  })
  it('refuses to guess a direction', () => {
    expect(() => earlyStopping({ monitor: 'reward' })).toThrow("say 'min' or 'max'")
  })
  it('names every option that is wrong', () => {
    const make = () => earlyStopping({ patience: -1, minDelta: NaN, patiense: 3 } as never)
    expect(make).toThrow(OptionError)
    expect(make).toThrow(/patiense.*did you mean 'patience'/)
    expect(make).toThrow(/earlyStopping\.patience: must be 0 or more, got -1/)
    expect(make).toThrow(/earlyStopping\.minDelta/)
  })
})

describe('earlyStopping in another dialect', () => {
  it('says which dialect an option belongs to', () => {
    expect(() => earlyStopping({ checkFinite: false })).toThrow(
      "earlyStopping.checkFinite: is no option of dialect 'rxfit', but of 'lightning'",
    )
    expect(() => earlyStopping({ dialect: 'lightning', baseline: 1 })).toThrow(/'rxfit', 'keras3', 'tfkeras2', 'tfjs'/)
    expect(() => earlyStopping({ dialect: 'tfjs', restoreBestWeights: true })).toThrow(/no option of dialect 'tfjs'/)
  })
  it('says which dialects have it', () => {
    expect(() => earlyStopping({ dialect: 'torch' })).toThrow(/'torch' has no earlyStopping; there is one in 'rxfit'/)
    expect(() => earlyStopping({ dialect: 'kera3' as never })).toThrow(/earlyStopping\.dialect/)
  })
  it('has the defaults of its framework', () => {
    const flat = [1, 1, 1, 1, 1]
    expect(outcome({ dialect: 'lightning' }, flat).stoppedEpoch).toBe(3)
    expect(outcome({ dialect: 'hf', monitor: 'val_loss' }, flat).stoppedEpoch).toBe(1)
    expect(() => earlyStopping({ dialect: 'ignite' })).toThrow(/earlyStopping\.patience/)
  })
  it("tells Lightning's reasons apart", () => {
    const reason = (options: EarlyStoppingOptions, values: Curve) =>
      replay(earlyStopping({ dialect: 'lightning', ...options }), curve(values)).decisions[0]?.why['reason']
    expect(reason({}, [1, NaN])).toBe('NON_FINITE_METRIC')
    expect(reason({ stoppingThreshold: 0.5 }, [1, 0.25])).toBe('STOPPING_THRESHOLD')
    expect(reason({ divergenceThreshold: 4 }, [1, 5])).toBe('DIVERGENCE_THRESHOLD')
    expect(reason({ patience: 1 }, [1, 1])).toBe('PATIENCE_EXHAUSTED')
  })
  it('asks the run for the direction in keras3, and fails if it does not know', () => {
    const rising = fromEpochs([0.5, 0.75, 0.5].map((val_accuracy) => ({ val_accuracy })))
    const policy = earlyStopping({ dialect: 'keras3', monitor: 'val_accuracy', patience: 1 })
    expect(replay(policy, rising).outcome.stoppedEpoch).toBe(2)
    const unknown = earlyStopping({ dialect: 'keras3', monitor: 'reward', patience: 1 })
    expect(() => replay(unknown, fromEpochs([{ reward: 1 }]))).toThrow("say 'min' or 'max'")
  })
})
