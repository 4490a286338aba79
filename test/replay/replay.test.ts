import { describe, expect, it } from 'vitest'
import { all, earlyStopping, reduceLROnPlateau, modelCheckpoint } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'

const curve = (values: ReadonlyArray<number | null>) => fromEpochs(values.map((val_loss) => ({ val_loss })))

describe('replay', () => {
  it.each([0, 1, 2, 3])('stops as Keras does with patience %i', (patience) => {
    const log = curve([10, 9, 8, 9, 8.875, 8.75, 8.625, 8.5, 8.375, 7])
    const { outcome } = replay(earlyStopping({ patience }), log)
    expect(outcome).toMatchObject({
      stoppedEpoch: Math.max(patience, 1) + 2,
      epochsRun: Math.max(patience, 1) + 3,
      bestEpoch: 2,
      verdict: 'exact',
      divergedAt: null,
    })
  })
  it('composes', () => {
    const policy = all(
      earlyStopping({ patience: 3, restoreBestWeights: true }),
      reduceLROnPlateau({ patience: 1, factor: 0.5 }),
      modelCheckpoint({ filepath: 'm-{epoch}', saveBestOnly: true }),
    )
    const { outcome, notes } = replay(policy, curve([3, 2, 2, 2, 2, 2]))
    expect(outcome).toEqual({
      epochsRun: 5,
      stoppedEpoch: 4,
      reason: 'val_loss has not improved for 3 epochs',
      bestEpoch: 1,
      restoredEpoch: 1,
      learningRates: [1, 1, 0.5, 0.25, 0.125],
      saves: [
        { epoch: 0, batch: null, path: 'm-1' },
        { epoch: 1, batch: null, path: 'm-2' },
      ],
      verdict: 'diverged',
      divergedAt: 2,
    })
    // that the log has no rate, and that the two deltas differ
    expect(notes).toHaveLength(2)
  })
})
