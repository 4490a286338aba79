import { lstatSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  all,
  baseLogger,
  controlledStoppingCheckpoint,
  divergence,
  earlyStopping,
  enrich,
  historyRecorder,
  learningRateScheduler,
  modelCheckpoint,
  nothingCallback,
  on,
  prechelt,
  progbarLogger,
  stepwiseLRReduction,
  stopAfterSteps,
  timeStopping,
  type TrainingEvent,
} from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { fit, learningRateOf, loadWeights } from 'rxfit/tfjs'
import { deleteModelAt, saveModelTo } from '../../src/tfjs/checkpoints/saving.js'
import { backend, line, linear, tf } from './backend.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-named-'))
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})
const { x, y } = line(22)

describe(`named callbacks on ${backend}`, () => {
  it('is told the size of each batch, of tensors and of datasets', async () => {
    const sizes: Array<number | undefined> = []
    const spy = on('BatchEnd', (e) => void sizes.push(e.size))
    await fit(linear(), x, y, { epochs: 1, batchSize: 8, callbacks: spy })
    const ds = tf.data.zip({ xs: tf.data.array([[0], [1], [2]]), ys: tf.data.array([[1], [3], [5]]) }).batch(2)
    await fit(linear(), ds as never, { epochs: 1, callbacks: spy })
    expect(sizes).toEqual([8, 8, 6, 2, 1])
  })

  it('baseLogger makes the means that tfjs makes', async () => {
    const means: Array<number> = []
    const spy = enrich(baseLogger())(on('EpochEnd', (e) => void means.push(e.logs['loss'] as number)))
    const result = await fit(linear(), x, y, { epochs: 3, batchSize: 8, callbacks: spy })
    expect(means).toHaveLength(3)
    means.forEach((mean, i) => expect(mean).toBeCloseTo(result.history['loss']?.[i] as number, 5))
  })

  it("progbarLogger prints Keras' lines as training goes", async () => {
    const lines: Array<string> = []
    let clock = 0
    await fit(linear(), x, y, {
      epochs: 2,
      batchSize: 8,
      validationData: [x, y],
      callbacks: progbarLogger({ interval: 0 }),
      now: () => (clock += 10),
      handlers: {
        Progress: ({ line }: { readonly line: string }) => {
          lines.push(line)
          return async () => ({ _tag: 'Right', right: [] })
        },
      },
    })
    const number = '\\d+\\.\\d+(e-\\d+)?'
    expect(lines).toHaveLength(10)
    expect(lines[0]).toBe('Epoch 1/2')
    expect(lines[1]).toMatch(new RegExp(`^1/3 ━{6}─{14} 0s \\d+ms/step - loss: ${number}$`))
    expect(lines[4]).toMatch(new RegExp(`^3/3 ━{20} 0s \\d+ms/step - loss: ${number} - val_loss: ${number}$`))
  })

  it('nothingCallback says the hooks of a fit in their order', async () => {
    const said: Array<string> = []
    await fit(linear(), x, y, {
      epochs: 1,
      batchSize: 22,
      callbacks: nothingCallback(),
      handlers: {
        Log: ({ message }: { readonly message: string }) => {
          said.push(message)
          return async () => ({ _tag: 'Right', right: [] })
        },
      },
    })
    expect(said).toEqual([
      'TrainBegin; logs: none',
      'EpochBegin epoch 0; logs: none',
      'BatchBegin epoch 0, batch 0; logs: none',
      'BatchEnd epoch 0, batch 0; logs: loss',
      'Evaluating; logs: loss',
      'EpochEnd epoch 0; logs: loss',
      'TrainEnd; logs: loss',
    ])
  })

  it('historyRecorder remembers and writes what was trained', async () => {
    const path = join(dir, 'history.json')
    const callbacks = historyRecorder({ batches: true, path })
    const result = await fit(linear(), x, y, { epochs: 2, batchSize: 8, callbacks })
    expect(result.remembered['historyRecorder']?.map((row) => row.logs['loss'])).toEqual(result.history['loss'])
    expect(result.remembered['historyRecorder.batches']?.map((row) => [row.epoch, row.batch])).toEqual([
      ...[0, 1, 2].map((batch) => [0, batch]),
      ...[0, 1, 2].map((batch) => [1, batch]),
    ])
    const log = fromEpochs(JSON.parse(readFileSync(path, 'utf8')) as ReadonlyArray<Record<string, never>>)
    expect(log.events.filter((e) => e._tag === 'BatchEnd')).toHaveLength(6)
    expect(log.events.filter((e) => e._tag === 'EpochEnd').map((e) => e.logs['loss'])).toEqual(result.history['loss'])
  })

  it('controlledStoppingCheckpoint trains in slices, a process at a time', async () => {
    const model = linear()
    const callbacks = controlledStoppingCheckpoint({
      filepath: join(dir, 'slice-{epoch}'),
      epochs: 2,
      saveWeightsOnly: true,
    })
    const ran = []
    for (let initialEpoch = 0; initialEpoch < 5; initialEpoch += 2)
      ran.push((await fit(model, x, y, { epochs: 5, initialEpoch, callbacks })).epoch)
    expect(ran).toEqual([[0, 1], [2, 3], [4]])
    for (const epoch of [1, 2, 3, 4, 5]) await loadWeights(tf, linear(), join(dir, `slice-${epoch}`))
  })

  it('links the last checkpoint to the one just saved, and never touches what a link leads to', async () => {
    const model = linear()
    const ckpt = join(dir, 'links')
    const before = tf.memory().numTensors
    const callbacks = modelCheckpoint({ filepath: join(ckpt, '{epoch}'), dialect: 'lightning', saveLast: 'link' })
    await fit(model, x, y, { epochs: 2, callbacks })
    const last = join(ckpt, 'last.ckpt')
    expect(lstatSync(last).isSymbolicLink()).toBe(true)
    expect(readFileSync(join(last, 'model.json'), 'utf8')).toBe(
      readFileSync(join(ckpt, 'epoch=1.ckpt', 'model.json'), 'utf8'),
    )
    const loaded = linear()
    await loadWeights(tf, loaded, last)
    expect(await loaded.getWeights()[0]?.data()).toEqual(await model.getWeights()[0]?.data())
    loaded.dispose()
    expect(tf.memory().numTensors).toBe(before)

    // a whole model in place of the link, and a link that is deleted
    await saveModelTo(model, last, 'weights')
    expect(lstatSync(last).isSymbolicLink()).toBe(false)
    expect(readFileSync(join(ckpt, 'epoch=1.ckpt', 'model.json'), 'utf8')).toContain('modelTopology')
    await saveModelTo(model, last, 'model', { sameAs: join(ckpt, 'epoch=1.ckpt') })
    expect(lstatSync(last).isSymbolicLink()).toBe(true)
    await deleteModelAt(last)
    await loadWeights(tf, model, join(ckpt, 'epoch=1.ckpt'))
  })

  it('stops by time, by steps, and by what a metric says', async () => {
    let clock = 0
    const now = () => (clock += 1000)
    const timed = await fit(linear(), x, y, {
      epochs: 50,
      batchSize: 8,
      callbacks: timeStopping({ duration: '20 s' }),
      now,
    })
    expect(timed.epoch.length).toBeGreaterThan(1)
    expect(timed.epoch.length).toBeLessThan(21)
    let steps = 0
    await fit(linear(), x, y, {
      epochs: 50,
      batchSize: 8,
      callbacks: [stopAfterSteps({ maxSteps: 5 }), on('BatchEnd', (e) => void (steps = e.step))],
    })
    expect(steps).toBe(5)
    const exploding = { epochs: 50, callbacks: [divergence({ monitor: 'loss', divergenceThreshold: 1e3 })] }
    const diverged = await fit(linear(tf.train.sgd(5)), x, y, exploding)
    expect(diverged.epoch.length).toBeLessThan(50)
    const rising = {
      epochs: 50,
      validationData: [x, y] as [typeof x, typeof y],
      callbacks: [prechelt({ criterion: 'UP', s: 2, k: 1 })],
    }
    expect((await fit(linear(tf.train.sgd(5)), x, y, rising)).epoch).toHaveLength(3)
  })

  it('cuts a scheduled rate', async () => {
    const model = linear(tf.train.sgd(1))
    const rates: Array<number> = []
    await fit(model, x, y, {
      epochs: 4,
      callbacks: [
        learningRateScheduler((epoch) => (epoch < 3 ? 0.1 : 0.01)),
        stepwiseLRReduction({ epochSteps: 2, reductionFactor: 0.5 }),
        on('EpochEnd', () => void rates.push(learningRateOf(model.optimizer))),
      ],
    })
    expect(rates.map((rate) => rate.toFixed(6))).toEqual(['0.100000', '0.100000', '0.050000', '0.005000'])
  })
})

describe(`the notebooks' numbers on ${backend}`, () => {
  it('LearningRateScheduler ends at 0.00607', async () => {
    const model = linear(tf.train.sgd(0.01))
    const schedule = learningRateScheduler((epoch, lr) => (epoch < 10 ? lr : lr * Math.exp(-0.1)))
    await fit(model, x, y, { epochs: 15, callbacks: schedule })
    expect(learningRateOf(model.optimizer).toFixed(5)).toBe('0.00607')
  })
  it('EarlyStopping on a loss that does not improve runs 4 epochs with patience 3', async () => {
    const policy = earlyStopping({ monitor: 'loss', patience: 3 })
    const seen: Array<TrainingEvent> = []
    const callbacks = [policy, on('EpochEnd', (e) => void seen.push(e))]
    const result = await fit(linear(tf.train.sgd(0)), x, y, {
      epochs: 10,
      batchSize: 1,
      shuffle: false,
      callbacks: all(...callbacks),
    })
    expect(result.epoch).toHaveLength(4)
    const rows = [...seen.map((e) => ({ loss: e.logs['loss'] as number })), { loss: 0 }]
    expect(replay(policy, fromEpochs(rows)).outcome).toMatchObject({ epochsRun: 4, stoppedEpoch: 3 })
  })
})
