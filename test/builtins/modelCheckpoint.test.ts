import { describe, expect, it } from 'vitest'
import { modelCheckpoint, type ModelCheckpointOptions } from 'rxfit'
import { fromEpochs, type EpochRow } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { commands } from 'rxfit/testing'

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
