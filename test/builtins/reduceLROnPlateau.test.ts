import { describe, expect, it } from 'vitest'
import { all, constant, reduceLROnPlateau, scheduleLR, type ReduceLROnPlateauOptions } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { commands } from 'rxfit/testing'

const rates = (options: ReduceLROnPlateauOptions, values: ReadonlyArray<number | null>, learningRate = 1) => {
  const log = fromEpochs(
    values.map((val_loss) => ({ val_loss })),
    { learningRate },
  )
  return replay(reduceLROnPlateau(options), log).outcome.learningRates
}
const flat = [1, 1, 1, 1, 1, 1]

describe('reduceLROnPlateau', () => {
  it('keeps doubles, and float32 in the Keras dialects', () => {
    expect(rates({ patience: 1, factor: 0.1 }, [1, 1, 1], 0.1)).toEqual([0.1, 0.1 * 0.1, 0.1 * 0.1 * 0.1])
    expect(rates({ patience: 1, factor: 0.1, dialect: 'keras3' }, [1, 1], 0.1)[1]).toBe(0.009999999776482582)
  })
  it('is not poisoned by NaN', () => {
    expect(rates({ patience: 2, factor: 0.5 }, [NaN, 1, 0.5, 0.25, 0.125])).toEqual([1, 1, 1, 1, 1])
    expect(rates({ patience: 2, factor: 0.5, dialect: 'keras3' }, [NaN, 1, 0.5, 0.25])).toEqual([1, 1, 0.5, 0.5])
  })
  it('rests after a cut; 0 and 1 are the same', () => {
    const of = (cooldown: number) => rates({ patience: 1, factor: 0.5, cooldown }, flat)
    expect(of(0)).toEqual(of(1))
    expect(of(3)).toEqual([1, 0.5, 0.5, 0.5, 0.25, 0.25])
  })
  it('holds at minLr', () => {
    expect(rates({ patience: 1, factor: 0.5, minLr: 0.375 }, flat)).toEqual([1, 0.5, 0.375, 0.375, 0.375, 0.375])
  })
  it('multiplies what a schedule says', () => {
    const policy = all(scheduleLR(constant(0.5)), reduceLROnPlateau({ patience: 1, factor: 0.5 }))
    const log = fromEpochs(
      [1, 1, 1].map((val_loss) => ({ val_loss })),
      { learningRate: 8 },
    )
    expect(replay(policy, log).outcome.learningRates).toEqual([0.5, 0.25, 0.125])
  })
  it('says what it does when asked to', () => {
    const asked = commands(reduceLROnPlateau({ patience: 1, factor: 0.5, verbose: 1 }), [
      { val_loss: 1 },
      { val_loss: 1 },
    ])
    expect(asked.flatMap((c) => (c._tag === 'Log' ? [c.message] : []))).toEqual([
      'Epoch 2: reduceLROnPlateau reducing learning rate to 0.5.',
    ])
  })
  it('cuts one epoch later in torch, and with optax only when the count is the patience', () => {
    expect(rates({ patience: 1, factor: 0.5, dialect: 'torch' }, [1, 1, 1])).toEqual([1, 1, 0.5])
    expect(rates({ patience: 0, factor: 0.5, dialect: 'optax' }, [1, 0.5, 0.5])).toEqual([0.5, 0.25, 0.25])
  })
  it('refuses what makes no sense', () => {
    expect(() => reduceLROnPlateau({ factor: 1 })).toThrow(/factor: must be below 1, got 1/)
    expect(() => reduceLROnPlateau({ rtol: 0.1 })).toThrow(/rtol: is no option of dialect 'rxfit', but of 'optax'/)
    expect(() => reduceLROnPlateau({ dialect: 'optax', rtol: 0 })).toThrow(/rtol or atol/)
    expect(() => reduceLROnPlateau({ dialect: 'lightning' })).toThrow(/has no reduceLROnPlateau/)
  })
})
