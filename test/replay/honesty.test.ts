import { describe, expect, it } from 'vitest'
import {
  all,
  always,
  cosine,
  earlyStopping,
  emit,
  everyN,
  modelCheckpoint,
  on,
  deleteModel,
  reduceLROnPlateau,
  saveModel,
  scheduleLR,
  setLR,
  stepDecay,
  stopTraining,
  terminateOnNaN,
} from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'

const rows = (values: ReadonlyArray<number>, rates?: ReadonlyArray<number>) =>
  values.map((val_loss, i) => ({ val_loss, ...(rates && { learning_rate: rates[i] as number }) }))

describe('verdicts', () => {
  it('a cut in the epoch of the stop changes nothing that was measured', () => {
    const policy = all(reduceLROnPlateau({ patience: 2, factor: 0.5 }), earlyStopping({ patience: 4 }))
    const { outcome } = replay(policy, fromEpochs(rows([1, 1, 1, 1, 1], [1, 1, 1, 0.5, 0.5])))
    expect(outcome).toMatchObject({ verdict: 'exact', divergedAt: null, stoppedEpoch: 4 })
  })
  it('a cut on the last row is censored, not diverged', () => {
    const { outcome } = replay(reduceLROnPlateau({ patience: 2, factor: 0.5 }), fromEpochs(rows([1, 1, 1], [1, 1, 1])))
    expect(outcome).toMatchObject({ verdict: 'censored', divergedAt: null, learningRates: [1, 1, 0.5] })
  })
  it('a change that the record confirms is not blamed for a later one', () => {
    const rates = [1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1]
    const policy = reduceLROnPlateau({ patience: 2, factor: 0.5, cooldown: 20 })
    const { outcome, decisions } = replay(
      policy,
      fromEpochs(
        rows(
          rates.map(() => 1),
          rates,
        ),
      ),
    )
    expect(outcome).toMatchObject({ verdict: 'diverged', divergedAt: 7 })
    expect(decisions.map((d) => d.validity)).toEqual(['exact'])
  })
  it('a change that the recorded run made alone is a divergence at the epoch before it', () => {
    const policy = scheduleLR(stepDecay({ initial: 1, drop: 0.5, every: 3 }))
    const { outcome } = replay(policy, fromEpochs(rows([1, 1, 1, 1, 1, 1], [1, 1, 1, 0.5, 0.5, 0.2])))
    expect(outcome.divergedAt).toBe(4)
  })
  it('six significant digits are enough to recognise a schedule', () => {
    const schedule = cosine({ initial: 0.1, steps: 50 })
    const log = fromEpochs(
      Array.from({ length: 50 }, (_, i) => ({ learning_rate: Number(schedule.at(i).toPrecision(6)) })),
    )
    expect(replay(scheduleLR(schedule), log).outcome.verdict).toBe('censored')
  })
  it('refuses rates that a fit would refuse', () => {
    for (const bad of [NaN, -1, Infinity])
      expect(() => replay(emit(setLR(bad))(everyN(1)), fromEpochs([{ loss: 1 }]))).toThrow(
        /policy 'everyN' failed at EpochEnd of epoch 0.*finite and 0 or more/,
      )
  })
  it('keeps float32 rates as Keras does, the first one included', () => {
    const policy = reduceLROnPlateau({ patience: 1, factor: 0.1, dialect: 'keras3' })
    const { outcome } = replay(policy, fromEpochs(rows([1, 1]), { learningRate: 0.001 }))
    expect(outcome.learningRates.at(-1)).toBe(Math.fround(Math.fround(0.001) * 0.1))
  })
  it('marks what follows a stop within an epoch that the log has whole', () => {
    const batches = [{ loss: 1 }, { loss: NaN }, { loss: NaN }]
    const log = fromEpochs([
      { loss: 1, val_loss: 1, batches: [{ loss: 1 }] },
      { loss: NaN, val_loss: 0.5, batches },
    ])
    const { decisions, notes } = replay(all(terminateOnNaN(), earlyStopping({ restoreBestWeights: true })), log)
    expect(decisions.map((d) => `${d.command._tag} ${d.validity}`)).toEqual([
      'SnapshotWeights exact',
      'StopTraining exact',
      'SnapshotWeights diverged',
      'RestoreWeights diverged',
    ])
    expect(notes.join()).toMatch(/stops within an epoch/)
  })
  it('says which parts waited for something that the log does not have', () => {
    const policy = all(
      terminateOnNaN(),
      modelCheckpoint({ filepath: '{epoch}', saveFreq: 4 }),
      emit(stopTraining())(everyN(5, 'seconds')),
    )
    const { notes } = replay(policy, fromEpochs([{ loss: NaN }]))
    expect(notes).toHaveLength(3)
    expect(notes[0]).toMatch(/'terminateOnNaN' acts at BatchEnd, which this log doesn't have/)
    expect(notes[2]).toMatch(/goes by time/)
  })
  it('tells a policy of its own saves only', () => {
    const keepNone = on('Saved', (e) => deleteModel(e.path))
    const log = fromEpochs([{ loss: 1 }, { loss: 1 }])
    expect(replay(keepNone, log).decisions).toEqual([])
    const both = replay(all(modelCheckpoint({ filepath: 'm{epoch}' }), keepNone), log)
    expect(both.decisions.map((d) => d.command._tag)).toEqual(['SaveModel', 'DeleteModel', 'SaveModel', 'DeleteModel'])
  })
  it('ends where a policy answers its own saves', () => {
    const endless = emit(saveModel('m'))(always)
    expect(() => replay(endless, fromEpochs([{ loss: 1 }]))).toThrow(
      /answer each other without end at TrainBegin of epoch 0/,
    )
  })
  it('says what is wrong with its arguments', () => {
    const log = fromEpochs([{ loss: 1 }])
    expect(() => replay([earlyStopping()] as never, log)).toThrow(/must be a policy/)
    expect(() => replay(terminateOnNaN(), Promise.resolve(log) as never)).toThrow(/await it/)
  })
})
