import { mkdtempSync, readdirSync, rmSync, truncateSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  after,
  all,
  and,
  earlyStopping,
  emit,
  everyN,
  lambda,
  learningRateScheduler,
  modelCheckpoint,
  on,
  progbarLogger,
  reduceLROnPlateau,
  saveModel,
  stopTraining,
  terminateOnNaN,
  whenBelow,
  type Policy,
  type TrainingEvent,
} from 'rxfit'
import { readLog } from 'rxfit/logs'
import { fit, fit$, loadWeights, learningRateOf, toCallback } from 'rxfit/tfjs'
import { backend, line, linear, tf } from './backend.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-edges-'))
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})
const { x, y } = line()

const ends = async (policy: Policy, options: object = {}): Promise<ReadonlyArray<TrainingEvent>> => {
  const seen: Array<TrainingEvent> = []
  await fit(linear(), x, y, {
    epochs: 2,
    batchSize: 8,
    ...options,
    callbacks: [policy, on('EpochEnd', (e) => void seen.push(e))],
  })
  return seen
}

describe(`edges on ${backend}`, () => {
  it('counts batches whether or not somebody listens to them', async () => {
    expect((await ends(all())).map((e) => e.step)).toEqual([4, 8])
    expect((await ends(progbarLogger({ verbose: 2 }))).map((e) => e.step)).toEqual([4, 8])
    const policy = emit(stopTraining())(and(whenBelow('loss', 1e9), after(8, 'batches')))
    const quiet = await fit(linear(), x, y, { epochs: 6, batchSize: 8, callbacks: policy })
    const heard = await fit(linear(), x, y, { epochs: 6, batchSize: 8, callbacks: all(terminateOnNaN(), policy) })
    expect(quiet.epoch).toEqual([0, 1])
    expect(heard.epoch).toEqual([0, 1])
  })

  it('tells policies the steps, and the first epoch of a resumed run, datasets included', async () => {
    const params: Array<unknown> = []
    const spy = on('TrainBegin', (e) => void params.push([e.epoch, e.step, e.params.steps, e.params.initialEpoch]))
    await fit(linear(), x, y, { epochs: 4, initialEpoch: 3, batchSize: 8, callbacks: spy })
    const ds = tf.data.zip({ xs: tf.data.array([[0], [1], [2]]), ys: tf.data.array([[1], [3], [5]]) }).batch(1)
    await fit(linear(), ds as never, { epochs: 4, initialEpoch: 3, batchesPerEpoch: 3, callbacks: spy })
    expect(params).toEqual([
      [3, 12, 4, 3],
      [3, 9, 3, 3],
    ])
  })

  it('keeps the weights of two early stoppings apart', async () => {
    const model = linear()
    const at: Array<Float32Array> = []
    const result = await fit(model, x, y, {
      epochs: 10,
      shuffle: false,
      otherCallbacks: { onEpochEnd: (epoch, logs) => void ((logs as Record<string, number>)['f'] = epoch) },
      callbacks: [
        earlyStopping({ monitor: 'loss', patience: 50, restoreBestWeights: true }),
        earlyStopping({ monitor: 'f', mode: 'min', patience: 3, restoreBestWeights: true }),
        lambda({ onEpochEnd: async () => void at.push((await model.getWeights()[0]?.data()) as Float32Array) }),
      ],
    })
    expect(result.epoch).toHaveLength(4)
    expect(await model.getWeights()[0]?.data()).toEqual(at[0])
  })

  it('goes on from a rate that someone else set, without taking it for a scale', async () => {
    const model = linear(tf.train.sgd(0.1))
    const rates: Array<number> = []
    await fit(model, x, y, {
      epochs: 8,
      otherCallbacks: {
        onEpochBegin: (epoch) => {
          if (epoch === 4) (model.optimizer as ReturnType<typeof tf.train.sgd>).setLearningRate(0.9)
        },
      },
      callbacks: all(
        learningRateScheduler((e) => [0.1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.02, 0.02][e] as number),
        reduceLROnPlateau({ monitor: 'loss', patience: 2, factor: 0.5, minDelta: 1e9 }),
        lambda({ onEpochEnd: () => void rates.push(learningRateOf(model.optimizer)) }),
      ),
    })
    // cuts after epochs 2, 4 and 6: three quarters of the schedule's own values are gone at epoch 6
    expect(rates[4]).toBeCloseTo(0.9, 10)
    expect(rates[6]).toBeCloseTo(0.02 * 0.25, 10)
  })

  it('leaks nothing from toCallback either, however late it fails', async () => {
    const model = linear('adam')
    const failing = (tag: 'EpochBegin' | 'BatchBegin' | 'BatchEnd' | 'EpochEnd' | 'TrainEnd') =>
      all(
        earlyStopping({ monitor: 'loss', restoreBestWeights: true, patience: 9 }),
        on(tag, (e) => {
          if (e.epoch === 1) throw new Error('late')
        }),
      )
    await fit(model, x, y, { epochs: 1 })
    for (const tag of ['EpochBegin', 'BatchBegin', 'BatchEnd', 'EpochEnd', 'TrainEnd'] as const)
      for (const how of [{ model }, { tf }]) {
        const before = tf.memory().numTensors
        const callbacks = toCallback(failing(tag), { ...how, record: join(dir, 'leak.jsonl') })
        await expect(model.fit(x, y, { epochs: tag === 'TrainEnd' ? 2 : 4, verbose: 0, callbacks })).rejects.toThrow(
          'late',
        )
        expect(tf.memory().numTensors).toBe(before)
      }
  })

  it('saves an epoch that was cut short under the name that it can have', async () => {
    const model = linear()
    const nan = tf.fill([32, 1], NaN)
    await fit(model, x, nan, {
      epochs: 3,
      validationSplit: 0.25,
      batchSize: 8,
      callbacks: all(terminateOnNaN(), modelCheckpoint({ filepath: join(dir, 'c-{epoch:02d}-{val_loss:.2f}') })),
    })
    expect(existsSync(join(dir, 'c-01-nan', 'model.json'))).toBe(true)
  })

  it('survives several saves to one place at once', async () => {
    const path = join(dir, 'same')
    const train = () => fit(linear(), x, y, { epochs: 3, callbacks: on('EpochEnd', () => saveModel(path)) })
    await Promise.all([train(), train(), train()])
    await loadWeights(tf, linear(), path)
    expect(readdirSync(path).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('refuses damaged weights without leaving any in memory', async () => {
    const path = join(dir, 'damaged')
    const model = linear()
    await fit(model, x, y, { epochs: 1, callbacks: emit(saveModel(path, { what: 'weights' }))(everyN(1)) })
    const bin = readdirSync(path).find((name) => name.endsWith('.bin')) as string
    truncateSync(join(path, bin), 5)
    const before = tf.memory().numTensors
    await expect(loadWeights(tf, model, path)).rejects.toThrow(
      /weights\.\w+\.bin: damaged: its content is not what was saved \(5 bytes\)/,
    )
    expect(tf.memory().numTensors).toBe(before)
  })

  it('refuses options that nobody knows, wrong rules and things that are no model', async () => {
    const model = linear()
    await expect(fit(model, x, y, { epoch: 5 } as never)).rejects.toThrow(
      /fit.epoch: unknown option \(did you mean 'epochs'/,
    )
    await expect(fit(model, x, y, { callback: all() } as never)).rejects.toThrow(/did you mean 'callbacks'/)
    await expect(fit(model, x, y, { failures: { steering: 'Fail' } } as never)).rejects.toThrow(/failures.steering/)
    await expect(fit(undefined as never, x, y)).rejects.toThrow(/must be a model/)
    await expect(fit(model, x, y, { callbacks: [undefined] } as never)).rejects.toThrow(
      /callbacks\[0\] is not a policy/,
    )
    await expect(fit(model, x, y, { otherCallbacks: all() } as never)).rejects.toThrow(/it goes to callbacks/)
    await expect(fit(model, x, y, { record: dir })).rejects.toThrow(/record: .*: can't be written: it is a folder/)
    expect(() => fit$(model, x, y)).not.toThrow()
  })

  it('shows other callbacks a whole batch log, and policies what they add', async () => {
    const logs: Array<object> = []
    const losses: Array<unknown> = []
    await fit(linear(), x, y, {
      epochs: 1,
      batchSize: 32,
      otherCallbacks: {
        onBatchEnd: (_, batch) => {
          logs.push({ ...batch })
          ;(batch as Record<string, number>)['extra'] = 7
        },
      },
      callbacks: on('BatchEnd', (e) => void losses.push(e.logs['extra'])),
    })
    expect(Object.keys(logs[0] as object).sort()).toEqual(['batch', 'loss', 'size'])
    expect(losses).toEqual([7])
  })

  it('writes a header even if a policy throws at the very beginning', async () => {
    const record = join(dir, 'stillborn.jsonl')
    const callbacks = on('TrainBegin', () => {
      throw new Error('no')
    })
    await expect(fit(linear(), x, y, { epochs: 1, record, callbacks })).rejects.toThrow(/policy 'on/)
    expect((await readLog(record)).epochs).toBe(0)
  })

  it('knows that a run of no epochs is complete', async () => {
    const record = join(dir, 'none.jsonl')
    await fit(linear(), x, y, { epochs: 0, record })
    expect((await readLog(record)).end).toBe('completed')
  })
})
