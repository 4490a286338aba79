import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  all,
  csvLogger,
  earlyStopping,
  emit,
  everyN,
  history,
  lambda,
  learningRateScheduler,
  log,
  modelCheckpoint,
  on,
  progbarLogger,
  reduceLROnPlateau,
  saveModel,
  setLR,
  stopIf,
  stopTraining,
  terminateOnNaN,
  whenPlateau,
  type Policy,
} from 'rxfit'
import { fit, fit$, loadWeights, setLearningRate, learningRateOf, toCallback } from 'rxfit/tfjs'
import { fileSystem } from 'rxfit/node'
import { pipe } from 'fp-ts/lib/function.js'
import { lastValueFrom, take, toArray } from 'rxjs'
import { backend, line, linear, tf } from './backend.js'
import { leakFree } from './models.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const { x, y } = line()

describe(`fit on ${backend}`, () => {
  it('runs on the native backend where that is built', () => {
    const built = existsSync('node_modules/@tensorflow/tfjs-node/package.json')
    expect(backend).toBe(built && process.env['RXFIT_BACKEND'] !== 'cpu' ? 'tensorflow' : 'cpu')
  })

  it('stops early, restores the best weights and says so', async () => {
    const model = linear()
    const seen: Array<number> = []
    const result = await fit(model, x, y, {
      epochs: 50,
      shuffle: false,
      validationData: [x, y],
      callbacks: all(
        // the learning rate explodes at epoch 3, so val_loss rises from there
        learningRateScheduler((epoch) => (epoch < 3 ? 0.1 : 5)),
        earlyStopping({ patience: 2, restoreBestWeights: true }),
        on('EpochEnd', (e) => void seen.push(e.logs['val_loss'] as number)),
      ),
    })
    expect(result.epoch).toEqual([0, 1, 2, 3, 4])
    expect(result.decisions.map((d) => d.command._tag)).toEqual([
      'SetLearningRate',
      'SnapshotWeights',
      'SnapshotWeights',
      'SnapshotWeights',
      'SetLearningRate',
      'StopTraining',
      'RestoreWeights',
    ])
    const restored = model.evaluate(x, y) as InstanceType<typeof tf.Tensor>
    expect((await restored.data())[0]).toBeCloseTo(seen[2] as number, 5)
  })

  it('leaves no tensor behind, whatever happens', async () => {
    const model = linear('adam')
    const cases: Array<Policy> = [
      earlyStopping({ monitor: 'loss', patience: 1, restoreBestWeights: true }),
      all(
        earlyStopping({ monitor: 'loss', restoreBestWeights: true }),
        lambda({ onEpochEnd: () => Promise.reject(new Error('no')) }),
      ),
      all(
        earlyStopping({ monitor: 'loss', restoreBestWeights: true }),
        lambda({ onBatchEnd: () => Promise.reject(new Error('no')) }),
      ),
      lambda({
        onBatchBegin: () => {
          throw new Error('no')
        },
      }),
      lambda({
        onTrainEnd: () => {
          throw new Error('no')
        },
      }),
      lambda({
        onTrainBegin: () => {
          throw new Error('no')
        },
      }),
      lambda({
        onEpochBegin: () => {
          throw new Error('no')
        },
      }),
      stopIf((e) => (e.logs['typo'] as number) > 1),
    ]
    for (const callbacks of cases) {
      await leakFree(() => fit(model, x, y, { epochs: 3, validationSplit: 0.25, callbacks }))
      await leakFree(() =>
        model.fit(x, y, { epochs: 3, verbose: 0, validationSplit: 0.25, callbacks: toCallback(callbacks, { model }) }),
      )
    }
  })

  it.each(['sgd', 'momentum', 'adagrad', 'adadelta', 'adam', 'adamax', 'rmsprop'])(
    'drives the learning rate of %s',
    async (name) => {
      const make = {
        sgd: tf.train.sgd,
        momentum: (lr: number) => tf.train.momentum(lr, 0.9),
        adagrad: tf.train.adagrad,
        adadelta: tf.train.adadelta,
        adam: tf.train.adam,
        adamax: tf.train.adamax,
        rmsprop: tf.train.rmsprop,
      }[name] as (lr: number) => ReturnType<typeof tf.train.sgd>
      const model = linear(make(0.01))
      const after: Array<Float32Array> = []
      await fit(model, x, y, {
        epochs: 3,
        callbacks: all(
          learningRateScheduler((epoch) => (epoch === 2 ? 0 : 0.02)),
          lambda({ onEpochEnd: async () => void after.push((await model.getWeights()[0]?.data()) as Float32Array) }),
        ),
      })
      expect(learningRateOf(model.optimizer)).toBe(0)
      expect(after[1]).not.toEqual(after[0])
      expect(after[2]).toEqual(after[1])
    },
  )

  it('refuses learning rates that would destroy the model', async () => {
    const model = linear()
    for (const bad of [NaN, -1, Infinity]) {
      expect(() => {
        setLearningRate(model.optimizer, bad)
      }).toThrow(/finite and 0 or more/)
      await expect(fit(model, x, y, { epochs: 1, callbacks: pipe(everyN(1), emit(setLR(bad))) })).rejects.toThrow(
        /SetLearningRate, asked for by 'everyN' at EpochEnd of epoch 0/,
      )
    }
  })

  it('names a mistyped metric before the first batch', async () => {
    const model = linear('sgd', ['accuracy'])
    let batches = 0
    const callbacks = all(
      earlyStopping({ monitor: 'val_accurracy', mode: 'max' }),
      lambda({ onBatchEnd: () => void (batches += 1) }),
    )
    await expect(fit(model, x, y, { epochs: 2, validationSplit: 0.5, callbacks: callbacks as Policy })).rejects.toThrow(
      /earlyStopping.*'val_accurracy' is not reported.*did you mean 'val_acc'/,
    )
    expect(batches).toBe(0)
  })

  it('takes accuracy for acc', async () => {
    const model = linear('sgd', ['accuracy'])
    const result = await fit(model, x, y, {
      epochs: 5,
      validationSplit: 0.5,
      callbacks: earlyStopping({ monitor: 'val_accuracy', patience: 1 }),
    })
    expect(result.epoch.length).toBeLessThan(5)
  })

  it('composes a plateau with a schedule', async () => {
    const model = linear(tf.train.sgd(0))
    const rates: Array<number> = []
    await fit(model, x, y, {
      epochs: 4,
      callbacks: all(
        learningRateScheduler((epoch) => [0.004, 0.002, 0.002, 0.001][epoch] as number),
        reduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5, minDelta: 1e9 }),
        lambda({ onEpochEnd: () => void rates.push(learningRateOf(model.optimizer)) }),
      ),
    })
    // hooks of an event run before the rate changes: what is seen is the rate during the epoch
    expect(rates).toEqual([0.004, 0.002, 0.001, 0.00025])
  })

  it('saves whole models and weights, loadable elsewhere', async () => {
    const model = linear()
    await fit(model, x, y, {
      epochs: 2,
      callbacks: all(
        modelCheckpoint({ filepath: join(dir, 'm-{epoch:02d}'), monitor: 'loss' }),
        pipe(everyN(2), emit(saveModel(join(dir, 'w'), { what: 'weights' }))),
      ),
    })
    const again = await tf.loadLayersModel(fileSystem(join(dir, 'm-02')) as never)
    const fresh = linear()
    await loadWeights(tf, fresh, join(dir, 'w'))
    const want = await model.getWeights()[0]?.data()
    expect(await again.getWeights()[0]?.data()).toEqual(want)
    expect(await fresh.getWeights()[0]?.data()).toEqual(want)
  })

  it('works on datasets and without ever yielding', async () => {
    const ds = tf.data
      .zip({ xs: tf.data.array([[0], [1], [2], [3]]), ys: tf.data.array([[1], [3], [5], [7]]) })
      .batch(2)
    const model = linear()
    const result = await fit(model, ds as never, {
      epochs: 3,
      yieldEvery: 'never',
      callbacks: stopIf((e) => e.epoch === 1, 'enough'),
    })
    expect(result.epoch).toEqual([0, 1])
  })

  it('mixes with tfjs callbacks of any shape', async () => {
    const model = linear(tf.train.sgd(0))
    const ends: Array<number> = []
    const plain = { onEpochEnd: (epoch: number) => void ends.push(epoch) }
    const stopper = () => tf.callbacks.earlyStopping({ monitor: 'loss', patience: 2 })
    const result = await fit(model, x, y, {
      epochs: 9,
      shuffle: false,
      otherCallbacks: [plain, stopper()] as never,
      callbacks: log$,
    })
    expect(result.epoch).toEqual([0, 1, 2])
    expect(ends).toEqual([0, 1, 2])
    const mixed = await model.fit(x, y, {
      epochs: 9,
      verbose: 0,
      shuffle: false,
      callbacks: [toCallback(log$, { tf }), stopper()] as never,
    })
    expect(mixed.epoch).toEqual([0, 1, 2])
    const first = await model.fit(x, y, {
      epochs: 9,
      verbose: 0,
      shuffle: false,
      callbacks: [stopper(), toCallback(log$, { tf })] as never,
    })
    expect(first.epoch).toEqual([0, 1, 2])
  })

  it('gives its events as a cold observable whose unsubscription stops training', async () => {
    const model = linear()
    const tags = await lastValueFrom(fit$(model, x, y, { epochs: 1 }).pipe(toArray()))
    expect(tags.map((e) => e._tag)).toEqual(['TrainBegin', 'EpochBegin', 'EpochEnd', 'TrainEnd'])
    let epochs = 0
    await new Promise<void>((resolve) => {
      fit$(model, x, y, {
        epochs: 1000,
        otherCallbacks: {
          onEpochEnd: () => void (epochs += 1),
          onTrainEnd: () => {
            resolve()
          },
        },
      })
        .pipe(take(4))
        .subscribe()
    })
    expect(epochs).toBeLessThan(5)
  })

  it('stops when asked before the first epoch', async () => {
    const model = linear()
    const result = await fit(model, x, y, {
      epochs: 9,
      batchSize: 8,
      callbacks: on('TrainBegin', () => stopTraining('not today')),
    })
    expect(result.epoch).toEqual([0])
  })

  it('retries what only observes, then switches it off and trains on', async () => {
    const model = linear()
    const result = await fit(model, x, y, {
      epochs: 6,
      callbacks: all(csvLogger({ filename: join(dir, 'm-01', 'model.json', 'log.csv') }), history()),
    })
    expect(result.epoch).toHaveLength(6)
    expect(result.remembered['history']).toHaveLength(6)
  })

  it('records what happened, line by line', async () => {
    const model = linear()
    const record = join(dir, 'run.jsonl')
    await fit(model, x, y, { epochs: 2, record, callbacks: all(progbarLogger(), whenDone, terminateOnNaN()) })
    const lines = readFileSync(record, 'utf8')
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as Record<string, unknown>)
    expect(lines[0]).toMatchObject({ rxfit: 'record', version: 1, params: { epochs: 2, metrics: ['loss'] } })
    expect(lines.at(-1)).toMatchObject({ event: { _tag: 'TrainEnd' } })
  })
})

const log$ = on('EpochEnd', () => undefined)
const whenDone = pipe(whenPlateau('loss', { patience: 1 }), emit(log('flat')))
