import { fc, test } from '@fast-check/vitest'
import * as tf from '@tensorflow/tfjs'
import { afterAll, expect, vi } from 'vitest'
import { earlyStopping } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'

// TensorFlow.js is at hand, so its dialect is compared with the real callback on curves of all kinds.

// it warns of each missing value
const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
afterAll(() => {
  warn.mockRestore()
})

interface Real {
  model: { stopTraining: boolean }
  onTrainBegin: () => Promise<void>
  onEpochEnd: (epoch: number, logs: Readonly<Record<string, number>>) => Promise<void>
}

const step = fc.integer({ min: -8, max: 8 }).map((n) => n / 8)
const value = fc.oneof({ weight: 8, arbitrary: step }, fc.constantFrom(NaN, Infinity, -Infinity), fc.constant(null))
const options = fc.record(
  {
    monitor: fc.constantFrom('val_loss', 'val_acc'),
    patience: fc.nat(4),
    minDelta: fc.constantFrom(-0.25, 0, 0.125, 0.25),
    mode: fc.constantFrom('auto' as const, 'min' as const, 'max' as const),
    baseline: step,
  },
  { requiredKeys: ['monitor'] },
)

test.prop([options, fc.array(value, { maxLength: 12 })], { numRuns: 500 })(
  'stops where the callback of TensorFlow.js does',
  async (given, values) => {
    const real = tf.callbacks.earlyStopping(given) as unknown as Real
    real.model = { stopTraining: false }
    await real.onTrainBegin()
    let stopped: number | null = null
    for (const [epoch, x] of values.entries()) {
      await real.onEpochEnd(epoch, x === null ? {} : { [given.monitor]: x })
      if (real.model.stopTraining) stopped ??= epoch
    }
    const log = fromEpochs(values.map((x) => ({ [given.monitor]: x })))
    expect(replay(earlyStopping({ ...given, dialect: 'tfjs' }), log).outcome.stoppedEpoch).toBe(stopped)
  },
)
