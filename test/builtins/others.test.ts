import { describe, expect, it } from 'vitest'
import { learningRateScheduler, stepDecay, terminateOnNaN } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { commands } from 'rxfit/testing'

describe('terminateOnNaN', () => {
  it.each([NaN, Infinity, -Infinity])('stops at a batch whose loss is %d, and its epoch still ends', (loss) => {
    const log = fromEpochs([{ loss: 1, batches: [{ loss: 1 }, { loss }, { loss: 1 }] }, { loss: 1 }])
    expect(replay(terminateOnNaN(), log).outcome).toMatchObject({ stoppedEpoch: 0, epochsRun: 1 })
  })
  it('looks at batches and at the loss only', () => {
    const rows = [{ loss: NaN, val_loss: NaN, batches: [{ loss: 1, acc: NaN }] }]
    expect(commands(terminateOnNaN(), rows)).toEqual([])
  })
  it('can fail instead', () => {
    expect(() => commands(terminateOnNaN({ raiseError: true }), [{ batches: [{ loss: NaN }] }])).toThrow('loss is NaN')
  })
})

describe('learningRateScheduler', () => {
  const epochs = fromEpochs([{}, {}, {}], { learningRate: 0.1 })
  it('sets the rate of an epoch from the rate before', () => {
    const policy = learningRateScheduler((_, lr) => lr / 2)
    expect(replay(policy, epochs).outcome.learningRates).toEqual([0.05, 0.025, 0.0125])
  })
  it('takes a schedule', () => {
    const policy = learningRateScheduler(stepDecay({ initial: 1, every: 2 }))
    expect(replay(policy, epochs).outcome.learningRates).toEqual([1, 1, 0.5])
  })
  it('keeps float32 as Keras does, if asked to', () => {
    const policy = learningRateScheduler((_, lr) => lr, { dialect: 'keras3' })
    expect(replay(policy, epochs).outcome.learningRates[0]).toBe(Math.fround(0.1))
  })
  it('refuses what can be no rate', () => {
    for (const wrong of [NaN, Infinity, -1, undefined as never])
      expect(() =>
        replay(
          learningRateScheduler(() => wrong),
          epochs,
        ),
      ).toThrow(/learning rate must be finite and 0 or more/)
  })
})
