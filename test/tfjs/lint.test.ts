import { afterEach, describe, expect, it, vi } from 'vitest'
import { all, earlyStopping, LintError, modelCheckpoint, reduceLROnPlateau } from 'rxfit'
import { fit, toCallback } from 'rxfit/tfjs'
import { line, linear, tf } from './backend.js'

const told: Array<string> = []
// plain tfjs greets on Node
vi.spyOn(console, 'warn').mockImplementation((text: string) => void (text.startsWith('lint: ') && told.push(text)))
afterEach(() => void (told.length = 0))

const clash = all(
  earlyStopping({ monitor: 'loss', patience: 30 }),
  reduceLROnPlateau({ monitor: 'loss', patience: 2, minDelta: 0, minLr: 0.25 }),
)
const model = linear(tf.train.sgd(0.25))
const { x, y } = line()

describe('fit', () => {
  it('prints warnings once, with what is known of the run', async () => {
    const { epoch } = await fit(model, x, y, { epochs: 3, callbacks: clash })
    expect(epoch).toHaveLength(3)
    expect(told).toEqual([
      expect.stringMatching(/lint: \[0\].earlyStopping: stops nothing: .* after 3 epochs, as planned \(never-fires\)/),
      expect.stringMatching(/lint: \[1\].reduceLROnPlateau: .*begins with 0.25 \(min-lr-above-rate\)/),
    ])
  })
  it('is quiet where there is nothing, and where it was told to be', async () => {
    await fit(model, x, y, { epochs: 3, callbacks: clash, lint: false })
    await fit(model, x, y, { epochs: 3, callbacks: earlyStopping({ monitor: 'loss', patience: 2 }) })
    expect(told).toEqual([])
  })
  it('refuses errors before the first batch, and leaks nothing', async () => {
    const callbacks = modelCheckpoint({ filepath: 'never/{epoch}-{batch}', monitor: 'loss' })
    const { numTensors } = tf.memory()
    const refused = fit(model, x, y, { epochs: 3, callbacks, lint: false })
    await expect(refused).rejects.toThrow(LintError)
    await expect(refused).rejects.toThrow(/field 'batch' isn't there at the end of an epoch/)
    expect(tf.memory().numTensors).toBe(numTensors)
  })
})

describe('toCallback', () => {
  it('prints them too', async () => {
    await model.fit(x, y, { epochs: 3, verbose: 0, callbacks: toCallback(clash, { model }) })
    expect(told).toHaveLength(2)
    await model.fit(x, y, { epochs: 3, verbose: 0, callbacks: toCallback(clash, { model, lint: false }) })
    expect(told).toHaveLength(2)
  })
})
