import { describe, expect, it } from 'vitest'
import { machine, modelCheckpoint, type ModelCheckpointOptions, type Policy, type TrainingEvent } from 'rxfit'
import { fromEpochs, type EpochRow } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { commands, events } from 'rxfit/testing'

const saves = (options: ModelCheckpointOptions, rows: ReadonlyArray<EpochRow>, batchesPerEpoch?: number) =>
  replay(modelCheckpoint(options), fromEpochs(rows, batchesPerEpoch === undefined ? {} : { batchesPerEpoch })).outcome
    .saves
const paths = (options: ModelCheckpointOptions, values: ReadonlyArray<number>) =>
  saves(
    options,
    values.map((val_loss) => ({ val_loss })),
  ).map((save) => save.path)

describe('modelCheckpoint', () => {
  it('fills in templates as Python does', () => {
    expect(paths({ filepath: '{epoch:02d}-{val_loss:.2f}' }, [0.125, 0.375])).toEqual(['01-0.12', '02-0.38'])
    expect(paths({ filepath: '{epoch}-{val_loss}' }, [3, 1e-7])).toEqual(['1-3.0', '2-1e-07'])
    expect(() => paths({ filepath: '{val_los}' }, [1])).toThrow(/unknown field 'val_los'/)
    expect(() => paths({ filepath: '{val_loss:d}' }, [1])).toThrow(/val_loss/)
  })
  it('saves the best only, and never for NaN', () => {
    expect(paths({ filepath: '{epoch}', saveBestOnly: true }, [NaN, 2, 2, 1, NaN, 0.5])).toEqual(['2', '4', '6'])
  })
  it('starts from a value already reached', () => {
    const options = { filepath: '{epoch}', saveBestOnly: true, initialValueThreshold: 1 }
    expect(paths(options, [2, 1, 0.5])).toEqual(['3'])
  })
  it('counts batches over all epochs', () => {
    const found = saves({ filepath: 'e{epoch}b{batch}', saveFreq: 7 }, [{}, {}, {}], 5)
    expect(found.map((save) => save.path)).toEqual(['e2b2', 'e3b4'])
    expect(found[0]).toMatchObject({ epoch: 1, batch: 1 })
  })
  it('needs the metric only where it is looked at', () => {
    expect(saves({ filepath: 'm' }, [{ loss: 1 }])).toHaveLength(1)
    expect(() => saves({ filepath: 'm', saveBestOnly: true }, [{ loss: 1 }])).toThrow(/'val_loss' is not reported/)
  })
  it('says what it does when asked to', () => {
    const policy = modelCheckpoint({ filepath: 'm', saveBestOnly: true, verbose: 1 })
    const said = commands(policy, [{ val_loss: 2 }, { val_loss: 1 }]).flatMap((c) =>
      c._tag === 'Log' ? [c.message] : [],
    )
    expect(said).toEqual([
      'Epoch 1: val_loss improved to 2.00000, saving model to m',
      'Epoch 2: val_loss improved from 2.00000 to 1.00000, saving model to m',
    ])
  })
  it('refuses what makes no sense', () => {
    expect(() => modelCheckpoint({ filepath: '' })).toThrow(/filepath: must not be empty/)
    expect(() => modelCheckpoint({ filepath: 'm', saveFreq: 0 })).toThrow(/saveFreq/)
    expect(() => modelCheckpoint({ filepath: 'm', saveTopK: 2 })).toThrow(/but of 'lightning'/)
    expect(() => modelCheckpoint({ filepath: 'm', dialect: 'keras3' })).toThrow(/must end in .keras or .h5/)
  })
})

describe('modelCheckpoint in the dialect of Lightning', () => {
  const asked = (options: Partial<ModelCheckpointOptions>, values: ReadonlyArray<number>) => {
    const policy = modelCheckpoint({ filepath: 'c/{epoch}', monitor: 'val_loss', dialect: 'lightning', ...options })
    return commands(
      policy,
      values.map((val_loss) => ({ val_loss })),
    ).flatMap((c) => (c._tag === 'SaveModel' ? [`+${c.path}`] : c._tag === 'DeleteModel' ? [`-${c.path}`] : []))
  }
  it('keeps the best k and removes the others', () => {
    expect(asked({ saveTopK: 2 }, [3, 2, 1, 4])).toEqual([
      '+c/epoch=0.ckpt',
      '+c/epoch=1.ckpt',
      '+c/epoch=2.ckpt',
      '-c/epoch=0.ckpt',
    ])
  })
  it('counts versions of a name that is taken', () => {
    expect(asked({ filepath: 'c/best', saveTopK: 2 }, [3, 2, 1])).toEqual([
      '+c/best.ckpt',
      '+c/best-v1.ckpt',
      '+c/best.ckpt',
    ])
  })
  it('follows with the last', () => {
    expect(asked({ saveLast: true }, [2, 3])).toEqual(['+c/epoch=0.ckpt', '+c/last.ckpt'])
    expect(asked({ saveLast: true, saveTopK: 0 }, [2, 3])).toEqual(['+c/last.ckpt'])
  })
})

describe('modelCheckpoint by the clock', () => {
  /** Batches of 40 seconds, three an epoch. */
  const run = (epochs: number, start = 0) =>
    events(
      Array.from({ length: epochs }, (_, i) => ({ val_loss: 9 - i })),
      { batchesPerEpoch: 3 },
    ).map((e) => ({ ...e, at: start + e.step * 40_000 }))
  const saved = (options: Partial<ModelCheckpointOptions>, happened = run(3)) => {
    const policy = modelCheckpoint({ filepath: '{epoch}-{batch}', ...options }) as Policy<never>
    const [asked] = machine.run(policy)(happened as ReadonlyArray<TrainingEvent<never>>)
    return happened.flatMap((e, i) => (asked[i] ?? []).map((c) => c._tag === 'SaveModel' && [e._tag, e.step, c.path]))
  }
  it('saves at the end of the batch in which the time is up', () => {
    expect(saved({ saveFreq: '2 minutes' })).toEqual([
      ['BatchEnd', 3, '1-3'],
      ['BatchEnd', 6, '2-3'],
      ['BatchEnd', 9, '3-3'],
    ])
    expect(saved({ saveFreq: '00:00:01:30' }).map((save) => save && save[1])).toEqual([3, 6, 9])
    expect(saved({ saveFreq: '80s' }).map((save) => save && save[1])).toEqual([2, 4, 6, 8])
  })
  it('saves the best at the end of an epoch', () => {
    expect(saved({ filepath: '{epoch}', saveFreq: '200 s', saveBestOnly: true })).toEqual([['EpochEnd', 6, '2']])
  })
  it('begins anew with each process', () => {
    const policy = modelCheckpoint({ filepath: 'm', saveFreq: '100 s' }) as Policy<never>
    const first = run(1).filter((e) => e._tag !== 'TrainEnd') as ReadonlyArray<TrainingEvent<never>>
    const [, state] = machine.run(policy)(first.slice(0, 6))
    const again = run(1, 1e9) as ReadonlyArray<TrainingEvent<never>>
    const [asked] = machine.run(policy, state)(again)
    expect(again.filter((_, i) => (asked[i] ?? []).length > 0).map((e) => e.step)).toEqual([3])
  })
  it('is what the default rules know, and no other', () => {
    expect(() => modelCheckpoint({ filepath: 'm', saveFreq: 'soon' })).toThrow(
      "saveFreq: must be 'epoch', a number of batches from 1, or a time",
    )
    expect(() => modelCheckpoint({ filepath: 'm.keras', saveFreq: '1 s', dialect: 'keras3' })).toThrow('saveFreq')
  })
})

describe('modelCheckpoint of Lightning', () => {
  const lightning = (options: Partial<ModelCheckpointOptions>, rows: ReadonlyArray<EpochRow>, batchesPerEpoch = 3) =>
    saves(
      { filepath: '{epoch}-{step}', dialect: 'lightning', ...options } as ModelCheckpointOptions,
      rows,
      batchesPerEpoch,
    )
  it('saves every n steps, over all epochs, and not again at the epoch end', () => {
    expect(lightning({ everyNTrainSteps: 2, saveTopK: -1 }, [{}, {}]).map((s) => s.path)).toEqual([
      'epoch=0-step=2.ckpt',
      'epoch=1-step=4.ckpt',
      'epoch=1-step=6.ckpt',
    ])
  })
  it('judges what only validation measures when it has been measured', () => {
    const rows = [{ val_loss: 2 }, { val_loss: 1 }]
    const found = lightning({ everyNTrainSteps: 2, monitor: 'val_loss', saveTopK: -1 }, rows)
    // step 2 waits for the end of epoch 0; steps 4 and 6 go by what was last logged
    expect(found.map((s) => [s.epoch, s.batch, s.path])).toEqual([
      [0, null, 'epoch=0-step=3.ckpt'],
      [1, 0, 'epoch=1-step=4.ckpt'],
      [1, 2, 'epoch=1-step=6.ckpt'],
    ])
  })
  it('links the last to what was just saved', () => {
    const policy = modelCheckpoint({ filepath: 'ckpt/{epoch}', dialect: 'lightning', saveLast: 'link', saveTopK: -1 })
    const asked = commands(policy, [{}, {}]).map((c) => c._tag === 'SaveModel' && [c.path, c.sameAs])
    expect(asked).toEqual([
      ['ckpt/epoch=0.ckpt', undefined],
      ['ckpt/last.ckpt', 'ckpt/epoch=0.ckpt'],
      ['ckpt/epoch=1.ckpt', undefined],
      ['ckpt/last.ckpt', 'ckpt/epoch=1.ckpt'],
    ])
    const copies = modelCheckpoint({ filepath: 'ckpt/{epoch}', dialect: 'lightning', saveLast: true })
    expect(commands(copies, [{}]).every((c) => c._tag === 'SaveModel' && c.sameAs === undefined)).toBe(true)
  })
  it('has one trigger', () => {
    const both = { filepath: 'm', dialect: 'lightning' as const, everyNEpochs: 1 }
    expect(() => modelCheckpoint({ ...both, everyNTrainSteps: 5 })).toThrow(
      'modelCheckpoint.everyNTrainSteps: is there beside everyNEpochs',
    )
    expect(() => modelCheckpoint({ ...both, trainTimeInterval: '1 h' })).toThrow(
      'modelCheckpoint.trainTimeInterval: is there beside everyNEpochs',
    )
    expect(() => modelCheckpoint({ filepath: 'm', everyNTrainSteps: 5 })).toThrow(
      "is no option of dialect 'rxfit', but of 'lightning'",
    )
  })
  it('saves by the clock, from when training began', () => {
    const policy = modelCheckpoint({
      filepath: '{epoch}-{step}',
      dialect: 'lightning',
      trainTimeInterval: { minutes: 1 },
      saveTopK: -1,
    })
    const happened = events([{}, {}], { batchesPerEpoch: 3 }).map((e) => ({ ...e, at: 1e6 + e.step * 25_000 }))
    const [asked] = machine.run(policy as Policy<never>)(happened as ReadonlyArray<TrainingEvent<never>>)
    expect(asked.flat().map((c) => c._tag === 'SaveModel' && c.path)).toEqual([
      'epoch=0-step=3.ckpt',
      'epoch=1-step=6.ckpt',
    ])
  })
})
