import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import {
  all,
  averageWeights,
  earlyStopping,
  emit,
  everyN,
  gradientAccumulationScheduler,
  lambda,
  modelCheckpoint,
  on,
  restoreWeights,
  stochasticWeightAveraging,
  stopIf,
  stopTraining,
  swapEMAWeights,
  swapWeights,
  weightAveraging,
  type Policy,
} from 'rxfit'
import { fit, loadWeights, toCallback } from 'rxfit/tfjs'
import { backend, line, linear, tf } from './backend.js'
import { optimizers } from './optimizers.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-averages-'))
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})
const { x, y } = line()

type Model = ReturnType<typeof linear>
const weights = (model: Model): Array<number> => model.getWeights().flatMap((w) => [...w.dataSync()])
const close = (a: ReadonlyArray<number>, b: ReadonlyArray<number>, digits = 5): void => {
  expect(a).toHaveLength(b.length)
  a.forEach((value, i) => {
    expect(value).toBeCloseTo(b[i] as number, digits)
  })
}

/** Weights after each batch and each epoch of a run without averages. */
const trace = async (make: () => Model, options: object) => {
  const model = make()
  const batches: Array<Array<number>> = []
  const epochs: Array<Array<number>> = []
  await fit(model, x, y, {
    ...options,
    shuffle: false,
    callbacks: lambda({
      onBatchEnd: () => void batches.push(weights(model)),
      onEpochEnd: () => void epochs.push(weights(model)),
    }),
  })
  return { batches, epochs }
}

/** By hand: the first weights, then `decay` of the average and the rest of the weights. */
const ema = (steps: ReadonlyArray<ReadonlyArray<number>>, decay: number): Array<number> =>
  steps
    .slice(1)
    .reduce<Array<number>>(
      (average, w) => average.map((a, i) => decay * a + (1 - decay) * (w[i] as number)),
      [...(steps[0] as Array<number>)],
    )

const mean = (rows: ReadonlyArray<ReadonlyArray<number>>): Array<number> =>
  (rows[0] as ReadonlyArray<number>).map((_, i) => rows.reduce((sum, row) => sum + (row[i] as number), 0) / rows.length)

const options = { epochs: 3, batchSize: 8 }

describe(`averages of weights on ${backend}`, () => {
  it.each(Object.entries(optimizers))('leaves the model with the average of its steps, under %s', async (_, make) => {
    const { batches } = await trace(() => linear(make(0.05)), options)
    for (const policy of [swapEMAWeights({ momentum: 0.8 }), swapEMAWeights({ momentum: 0.8, swapOnEpoch: true })]) {
      const model = linear(make(0.05))
      await fit(model, x, y, { ...options, shuffle: false, callbacks: policy })
      close(weights(model), ema(batches, 0.8))
    }
  })

  it('keeps training on the weights themselves, and shows the average between epochs', async () => {
    const { batches } = await trace(linear, options)
    const model = linear()
    const begins: Array<Array<number>> = []
    await fit(model, x, y, {
      ...options,
      shuffle: false,
      callbacks: all(
        // it stands first, and its effect is seen at the next event
        swapEMAWeights({ momentum: 0.9, swapOnEpoch: true }),
        lambda({ onBatchBegin: (batch) => void (batch === 0 && begins.push(weights(model))) }),
        modelCheckpoint({ filepath: join(dir, 'ema-{epoch}'), saveWeightsOnly: true, monitor: 'loss' }),
      ),
    })
    close(begins[1] as Array<number>, batches[3] as Array<number>)
    close(begins[2] as Array<number>, batches[7] as Array<number>)
    for (const epoch of [1, 2, 3]) {
      const saved = linear()
      await loadWeights(tf, saved, join(dir, `ema-${epoch}`))
      close(weights(saved), ema(batches.slice(0, 4 * epoch), 0.9))
    }
  })

  it('saves averages wherever the checkpoint stands', async () => {
    const { batches } = await trace(linear, options)
    const model = linear()
    await fit(model, x, y, {
      ...options,
      shuffle: false,
      callbacks: [
        modelCheckpoint({ filepath: join(dir, 'before'), saveWeightsOnly: true, monitor: 'loss' }),
        swapEMAWeights({ momentum: 0.9, swapOnEpoch: true }),
      ],
    })
    const saved = linear()
    await loadWeights(tf, saved, join(dir, 'before'))
    close(weights(saved), ema(batches, 0.9))
  })

  it.each([true, false])('leaves the average when training is stopped early (swapOnEpoch: %s)', async (swapOnEpoch) => {
    const { batches } = await trace(linear, options)
    for (const [steps, stop] of [
      [8, stopIf((e) => e.epoch === 1, 'enough')],
      [6, on('BatchEnd', (e) => (e.step === 6 ? stopTraining('now') : undefined))],
    ] as const) {
      const model = linear()
      const stopper = stop as Policy
      await fit(model, x, y, {
        ...options,
        shuffle: false,
        callbacks: [swapEMAWeights({ momentum: 0.9, swapOnEpoch }), stopper],
      })
      close(weights(model), ema(batches.slice(0, steps), 0.9))
    }
  })

  it('lets the best weights win where they stand behind it', async () => {
    const model = linear(tf.train.sgd(1.6))
    const ends: Array<{ readonly loss: number; readonly weights: Array<number> }> = []
    await fit(model, x, y, {
      epochs: 6,
      shuffle: false,
      callbacks: all(
        lambda({ onEpochEnd: (_, logs) => void ends.push({ loss: logs['loss'] as number, weights: weights(model) }) }),
        swapEMAWeights({ momentum: 0.9 }),
        earlyStopping({ monitor: 'loss', patience: 9, restoreBestWeights: true }),
      ),
    })
    const best = ends.reduce((a, b) => (b.loss < a.loss ? b : a))
    close(weights(model), best.weights)
  })

  it('overwrites the weights with the average every so many steps', async () => {
    const decay = 0.5
    const model = linear(tf.train.sgd(0.1))
    const seen: Array<Array<number>> = []
    await fit(model, x, y, {
      ...options,
      epochs: 1,
      shuffle: false,
      callbacks: all(
        swapEMAWeights({ momentum: decay, overwriteFrequency: 2 }),
        lambda({ onBatchEnd: () => void seen.push(weights(model)) }),
      ),
    })
    const { batches } = await trace(() => linear(tf.train.sgd(0.1)), { ...options, epochs: 1 })
    close(seen[0] as Array<number>, batches[0] as Array<number>)
    // after the second step the weights are the average of the two
    close(seen[1] as Array<number>, ema(batches.slice(0, 2), decay))
    expect(seen[1]).not.toEqual(batches[1])
  })

  it('leaves BatchNorm’s statistics alone, or averages them if asked to', async () => {
    const make = () => {
      const model = tf.sequential({
        layers: [
          tf.layers.dense({ units: 2, inputShape: [1], kernelInitializer: 'ones' }),
          tf.layers.batchNormalization({ momentum: 0.5 }),
          tf.layers.dense({ units: 1, kernelInitializer: 'ones' }),
        ],
      })
      model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0.01) })
      return model
    }
    const { batches } = await trace(make, options)
    const last = batches.at(-1) as Array<number>
    const average = ema(batches, 0.9)
    const statistics = 4
    const run = async (policy: Policy) => {
      const model = make()
      await fit(model, x, y, { ...options, shuffle: false, callbacks: policy })
      return weights(model)
    }
    const keras = await run(swapEMAWeights({ momentum: 0.9 }))
    close(keras.slice(0, -statistics), average.slice(0, -statistics), 4)
    close(keras.slice(-statistics), last.slice(-statistics), 4)
    const lightning = await run(weightAveraging({ decay: 0.9 }))
    close(lightning, average, 4)
  })

  it('averages every n-th step, from an epoch on', async () => {
    const { batches } = await trace(linear, options)
    const model = linear()
    const policy = weightAveraging({ decay: 0.7, updateEveryNSteps: 3, updateStartingAtEpoch: 1 })
    await fit(model, x, y, { ...options, shuffle: false, callbacks: policy })
    close(
      weights(model),
      ema(
        [4, 7, 10].map((i) => batches[i] as Array<number>),
        0.7,
      ),
    )
  })

  it('counts steps of the optimizer, not batches', async () => {
    const accumulate = gradientAccumulationScheduler({ scheduling: { 0: 2 } })
    const steps: Array<Array<number>> = []
    const bare = linear()
    await fit(bare, x, y, {
      ...options,
      shuffle: false,
      callbacks: all(
        accumulate,
        lambda({ onBatchEnd: (batch) => void (batch % 2 === 1 && steps.push(weights(bare))) }),
      ),
    })
    const model = linear()
    await fit(model, x, y, {
      ...options,
      shuffle: false,
      callbacks: all(accumulate, swapEMAWeights({ momentum: 0.6 })),
    })
    close(weights(model), ema(steps, 0.6))
  })

  it('averages the ends of the last epochs equally, under its own rate', async () => {
    const ends: Array<Array<number>> = []
    const model = linear(tf.train.sgd(0.2))
    await fit(model, x, y, {
      epochs: 6,
      shuffle: false,
      callbacks: all(
        stochasticWeightAveraging({ swaLrs: 0.05, swaEpochStart: 4, annealingEpochs: 1 }),
        lambda({ onEpochEnd: () => void ends.push(weights(model)) }),
      ),
    })
    close(weights(model), mean(ends.slice(3)))
  })

  it('has nothing to average where training ends before it begins', async () => {
    const { epochs } = await trace(linear, { epochs: 2 })
    const model = linear()
    await fit(model, x, y, {
      epochs: 10,
      shuffle: false,
      callbacks: [stochasticWeightAveraging(), stopIf((e) => e.epoch === 1, 'enough') as Policy],
    })
    close(weights(model), epochs[1] as Array<number>)
  })

  it('refuses two averages in the model at once', async () => {
    const two = all(
      swapEMAWeights({ swapOnEpoch: true, momentum: 0.9 }),
      swapEMAWeights({ swapOnEpoch: true, momentum: 0.99 }),
    )
    await expect(fit(linear(), x, y, { epochs: 2, callbacks: two })).rejects.toThrow(/let one policy swap at a time/)
    const model = linear()
    const { batches } = await trace(linear, options)
    const twice = all(swapEMAWeights({ swapOnEpoch: true }), swapEMAWeights({ swapOnEpoch: true }))
    await fit(model, x, y, { ...options, shuffle: false, callbacks: twice })
    close(weights(model), ema(batches, 0.99))
  })

  it('composes by hand, and names a slot that is empty', async () => {
    const model = linear()
    const { epochs } = await trace(linear, { epochs: 2 })
    const byHand = all(
      on('EpochEnd', (e) => averageWeights('mean', 1 / (e.epoch + 1))),
      on('TrainEnd', () => restoreWeights('mean')),
    )
    await fit(model, x, y, { epochs: 2, shuffle: false, callbacks: byHand })
    close(weights(model), mean(epochs))
    await expect(
      fit(linear(), x, y, { epochs: 1, callbacks: pipe(everyN(1), emit(swapWeights('emma'))) }),
    ).rejects.toThrow(/SwapWeights.*no weights were kept in slot 'emma'; there is none/)
  })

  it('swaps nothing where no batch was trained', async () => {
    const model = linear()
    await fit(model, x, y, { epochs: 0, callbacks: swapEMAWeights({ swapOnEpoch: true }) })
    expect(weights(model)).toEqual([0, 0])
  })

  it('leaves no tensor behind and the optimizer as it was, whatever happens', async () => {
    const model = linear('adam')
    const failing = (tag: 'BatchEnd' | 'EpochEnd' | 'EpochBegin' | 'TrainEnd') =>
      on(tag, (e) => {
        if (e.epoch === 1) throw new Error('late')
      })
    const averages = () =>
      all(
        swapEMAWeights({ swapOnEpoch: true, overwriteFrequency: 3 }),
        stochasticWeightAveraging({ swaEpochStart: 1 }),
        gradientAccumulationScheduler({ scheduling: { 0: 3 } }),
      )
    await fit(model, x, y, { epochs: 1 })
    const before = tf.memory().numTensors
    const clean = (): void => {
      expect(tf.memory().numTensors).toBe(before)
      expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false)
    }
    await fit(model, x, y, { ...options, callbacks: averages() })
    clean()
    await fit(model, x, y, { ...options, callbacks: weightAveraging({ useBuffers: true }) })
    clean()
    // two at once can't be
    const both = all(averages(), weightAveraging())
    await expect(fit(model, x, y, { ...options, validationData: [x, y], callbacks: both })).rejects.toThrow(
      'let one policy swap at a time',
    )
    clean()
    for (const tag of ['BatchEnd', 'EpochEnd', 'EpochBegin', 'TrainEnd'] as const) {
      const callbacks = all(averages(), failing(tag))
      await expect(fit(model, x, y, { ...options, epochs: tag === 'TrainEnd' ? 2 : 3, callbacks })).rejects.toThrow(
        'late',
      )
      clean()
      await expect(
        model.fit(x, y, {
          ...options,
          epochs: tag === 'TrainEnd' ? 2 : 3,
          verbose: 0,
          callbacks: toCallback(callbacks, { model }),
        }),
      ).rejects.toThrow('late')
      clean()
    }
  })

  it('works on datasets, whose steps are in no tidy', async () => {
    const ds = tf.data
      .zip({ xs: tf.data.array([[0], [1], [2], [3], [4]]), ys: tf.data.array([[1], [3], [5], [7], [9]]) })
      .batch(1)
    const model = linear(tf.train.sgd(0.01))
    const train = () =>
      fit(model, ds as never, {
        epochs: 2,
        callbacks: all(swapEMAWeights(), gradientAccumulationScheduler({ scheduling: { 0: 2 } })),
      })
    await train()
    const before = tf.memory().numTensors
    await train()
    expect(tf.memory().numTensors).toBe(before)
  })
})
