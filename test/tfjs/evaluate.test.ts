import type { Tensor } from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { lastValueFrom, take, toArray } from 'rxjs'
import {
  all,
  evaluateEvery,
  gradientAccumulationScheduler,
  lambda,
  log,
  on,
  saveModel,
  setLR,
  stopIf,
  stopTraining,
  swapEMAWeights,
  type TrainingEvent,
} from 'rxfit'
import { evaluate, evaluate$, fit, fit$, predict, predict$, toCallback, trainWith } from 'rxfit/tfjs'
import { backend, line, linear, tf } from './backend.js'
import { leakFree, twoByTwo } from './models.js'

const { x, y } = line(10)

const read = (scalars: unknown): ReadonlyArray<number> =>
  (Array.isArray(scalars) ? scalars : [scalars]).map(
    (scalar: { dataSync: () => ArrayLike<number>; dispose: () => void }) => {
      const value = scalar.dataSync()[0] as number
      scalar.dispose()
      return value
    },
  )

const tagsOf = (events: ReadonlyArray<TrainingEvent>): string => events.map((e) => e._tag).join(' ')

/** A policy that hears everything and only remembers it. */
const ear = (events: Array<TrainingEvent>) =>
  all(
    ...(['TestBegin', 'TestBatchBegin', 'TestBatchEnd', 'TestEnd', 'BatchEnd', 'EpochEnd'] as const).map((tag) =>
      on(tag, (e) => {
        events.push(e)
        return undefined
      }),
    ),
  )

describe(`evaluate on ${backend}`, () => {
  it("gives tfjs' own results, whatever the batch size", async () => {
    const model = linear('sgd', ['mae', 'mse'])
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 12 }), async (n, batchSize) => {
        const data = line(n)
        const theirs = read(model.evaluate(data.x, data.y, { batchSize }))
        const { logs, batches } = await evaluate(model, data.x, data.y, { batchSize })
        expect(Object.keys(logs)).toEqual(['loss', 'mae', 'mse'])
        Object.values(logs).forEach((value, i) => expect(value).toBeCloseTo(theirs[i] as number, 6))
        expect(batches).toBe(Math.ceil(n / batchSize))
        tf.dispose(data)
      }),
      { numRuns: 25 },
    )
  })

  it('numbers a metric that is there twice, as fit does', async () => {
    const model = linear('sgd', ['mae', 'mae'])
    const { logs } = await evaluate(model, x, y)
    const { history } = await fit(model, x, y, { epochs: 1 })
    expect(Object.keys(logs).sort()).toEqual(Object.keys(history).sort())
  })

  it('takes models of several inputs and outputs, by position and by name', async () => {
    const { model, xs, ys } = twoByTwo(7)
    const lists = [xs, ys] as const
    const byName = [
      Object.fromEntries(model.inputNames.map((name, i) => [name, xs[i]])),
      Object.fromEntries(model.outputNames.map((name, i) => [name, ys[i]])),
    ] as unknown as typeof lists
    // what a fit at a rate of 0 says of the same data; tfjs' own evaluate puts its numbers under each other's names
    model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0), metrics: ['mae'] })
    const { history } = await fit(model, xs, ys, { epochs: 1, batchSize: 7, validationData: [xs, ys] })
    for (const [a, b] of [lists, byName]) {
      const { logs } = await evaluate(model, a, b, { batchSize: 3 })
      expect(Object.keys(logs)).toEqual(model.metricsNames)
      for (const [name, value] of Object.entries(logs)) {
        expect(value).toBeCloseTo(history[name]?.[0] as number, 5)
        expect(value).toBeCloseTo(history[`val_${name}`]?.[0] as number, 5)
      }
      expect(logs['loss']).toBeCloseTo((logs['p_loss'] as number) + (logs['q_loss'] as number), 5)
    }
  })

  it("takes datasets, and gives the results of tfjs' evaluateDataset", async () => {
    const { model, xs, ys } = twoByTwo(8)
    const dataset = tf.data
      .zip({
        xs: tf.data.zip(
          Object.fromEntries(
            model.inputNames.map((name, i) => [name, tf.data.array(xs[i]?.arraySync() as Array<Array<number>>)]),
          ),
        ),
        ys: tf.data.zip(
          Object.fromEntries(
            model.outputNames.map((name, i) => [name, tf.data.array(ys[i]?.arraySync() as Array<Array<number>>)]),
          ),
        ),
      })
      .batch(3)
    const [, total, ...rest] = read(await model.evaluateDataset(dataset as never, {}))
    const { logs, batches } = await evaluate(model, dataset as never)
    Object.values(logs).forEach((value, i) => expect(value).toBeCloseTo([total, ...rest][i] as number, 6))
    expect(batches).toBe(3)
    expect((await evaluate(model, dataset as never, { batches: 2 })).batches).toBe(2)
  })

  it('tells policies of the batches, and stops when told to', async () => {
    const events: Array<TrainingEvent> = []
    const model = linear()
    const { logs, decisions } = await evaluate(model, x, y, {
      batchSize: 4,
      callbacks: all(
        ear(events),
        stopIf((e) => e.batch === 1, 'seen enough', { at: 'TestBatchEnd' }),
      ),
    })
    expect(tagsOf(events)).toBe('TestBegin TestBatchBegin TestBatchEnd TestBatchBegin TestBatchEnd TestEnd')
    expect(events[0]).toMatchObject({ params: { steps: 3, samples: 10, batchSize: 4, metrics: ['loss'] } })
    expect(events.at(-1)).toMatchObject({ logs, reason: 'seen enough', step: 2 })
    expect(decisions).toHaveLength(1)
  })

  it('leaves nothing behind, also where a policy throws or data do not fit', async () => {
    const model = linear()
    await leakFree(() => evaluate(model, x, y, { batchSize: 3 }))
    const bad = on('TestBatchEnd', () => {
      throw new Error('no')
    })
    await leakFree(() => evaluate(model, x, y, { batchSize: 3, callbacks: bad }))
    await expect(evaluate(model, x, y, { callbacks: bad })).rejects.toThrow("policy 'on' failed at TestBatchEnd")
    await expect(evaluate(model, x, tf.ones([3, 1]))).rejects.toThrow('as many rows, got 10 and 3')
    await expect(evaluate(model, x, y, { batchsize: 3 } as never)).rejects.toThrow(
      "evaluate.batchsize: unknown option (did you mean 'batchSize'?)",
    )
    await expect(evaluate(model, x, y, { batchSize: 0 })).rejects.toThrow(
      'evaluate.batchSize: must be 1 or more, got 0',
    )
    const raw = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
    await expect(evaluate(raw, x, y)).rejects.toThrow('compile the model first')
    await expect(evaluate({} as never, x, y)).rejects.toThrow('must be a model of TensorFlow.js')
    await expect(evaluate(model, tf.data.array([]) as never)).rejects.toThrow('the dataset has no batches')
    await leakFree(() => evaluate(model, tf.data.array([{ xs: 1 }]).batch(1) as never))
  })

  it('is a cold Observable too, and ends when it is unsubscribed', async () => {
    const model = linear()
    const all$ = await lastValueFrom(evaluate$(model, x, y, { batchSize: 5 }).pipe(toArray()))
    expect(tagsOf(all$)).toBe('TestBegin TestBatchBegin TestBatchEnd TestBatchBegin TestBatchEnd TestEnd')
    await leakFree(() => lastValueFrom(evaluate$(model, x, y, { batchSize: 1 }).pipe(take(3))))
  })
})

describe(`predict on ${backend}`, () => {
  it("gives tfjs' own results, whatever the batch size", async () => {
    const { model, xs } = twoByTwo(9)
    const theirs = (model.predict(xs) as Array<Tensor>).map((t) => [...t.dataSync()])
    for (const batchSize of [1, 2, 4, 9, 100]) {
      const { outputs, batches } = await predict(model, xs, { batchSize })
      expect((outputs as Array<Tensor>).map((t) => t.shape[0])).toEqual([9, 9])
      ;(outputs as Array<Tensor>).forEach((t, i) =>
        t.dataSync().forEach((value, j) => expect(value).toBeCloseTo(theirs[i]?.[j] as number, 6)),
      )
      expect(batches).toBe(Math.ceil(9 / batchSize))
      tf.dispose(outputs)
    }
  })

  it('goes through datasets, stops when told to, and needs no compiled model', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [1], kernelInitializer: 'ones' })] })
    const dataset = tf.data.array([[1], [2], [3]]).batch(1)
    const events: Array<string> = []
    const { outputs, batches } = await predict(model, dataset as never, {
      callbacks: all(
        lambda({
          onPredictBegin: () => events.push('begin'),
          onPredictBatchEnd: (b) => events.push(`end ${b}`),
          onPredictEnd: () => events.push('end'),
        }),
        on('PredictBatchEnd', (e) => (e.batch === 1 ? stopTraining('enough') : undefined)),
      ),
    })
    expect([...(outputs as Tensor).dataSync()]).toEqual([1, 1, 2, 2])
    expect(batches).toBe(2)
    expect(events).toEqual(['begin', 'end 0', 'end 1', 'end'])
    tf.dispose(outputs)
    await expect(predict(model, x, { callbacks: on('PredictBegin', () => setLR(1)) })).rejects.toThrow('optimizer')
  })

  it('gives back what it has where outputs of different lengths cannot be joined', async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [null as never, 1] })] })
    const batches = [tf.ones([1, 2, 1]), tf.ones([1, 3, 1])]
    const dataset = () => tf.data.generator(() => batches.map((b) => b.clone())[Symbol.iterator]() as never)
    await leakFree(() => predict(model, dataset() as never))
    await expect(predict(model, dataset() as never)).rejects.toThrow()
  })

  it('leaves nothing behind but its outputs', async () => {
    const model = linear()
    await leakFree(async () => tf.dispose((await predict(model, x, { batchSize: 3 })).outputs))
    const late = on('PredictEnd', () => {
      throw new Error('late')
    })
    await leakFree(() => predict(model, x, { batchSize: 3, callbacks: late }))
    await leakFree(() =>
      predict(model, x, { batchSize: 3, callbacks: on('PredictBatchEnd', () => saveModel('/dev/null/x')) }),
    )
    await leakFree(() => lastValueFrom(predict$(model, x, { batchSize: 3 })))
    await leakFree(() => predict(model, tf.data.array([{ a: 1, b: 2 }]).batch(1) as never))
  })
})

describe(`validation inside fit on ${backend}`, () => {
  const options = { epochs: 2, batchSize: 5, shuffle: false } as const
  const weights = () => ({ validationData: [x, y] as [typeof x, typeof y] })

  it('fires Test events between the last batch and the end of the epoch', async () => {
    const events: Array<TrainingEvent> = []
    await fit(linear(), x, y, { ...options, ...weights(), callbacks: ear(events) })
    expect(tagsOf(events.slice(0, 9))).toBe(
      'BatchEnd BatchEnd TestBegin TestBatchBegin TestBatchEnd TestBatchBegin TestBatchEnd TestEnd EpochEnd',
    )
    expect(events[7]?.logs['loss']).toBe(events[8]?.logs['val_loss'])
    expect('params' in (events[2] as object)).toBe(false)
  })

  it.each([
    ['validationData', weights()],
    ['validationSplit', { validationSplit: 0.3 }],
  ])("has the numbers of tfjs' own validation: %s", async (_, given) => {
    const run = async (callbacks?: ReturnType<typeof ear>) => {
      const model = linear('sgd', ['mae'])
      return (await fit(model, x, y, { ...options, ...given, ...(callbacks && { callbacks }) } as never)).history
    }
    const theirs = await run()
    const ours = await run(ear([]))
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort())
    for (const [name, values] of Object.entries(theirs))
      values.forEach((value, i) => expect(ours[name]?.[i] as number).toBeCloseTo(value as number, 6))
  })

  it('does the same for datasets', async () => {
    const data = tf.data.array(Array.from({ length: 6 }, (_, i) => ({ xs: [i], ys: [2 * i] }))).batch(2)
    const run = async (callbacks?: ReturnType<typeof ear>) => {
      const given = { epochs: 2, validationData: data, ...(callbacks && { callbacks }) }
      return (await fit(linear(tf.train.sgd(0.01)), data as never, given as never)).history
    }
    const theirs = await run()
    const ours = await run(ear([]))
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort())
    expect(ours['val_loss']?.length).toBe(2)
    ;(theirs['val_loss'] as Array<number>).forEach((value, i) => expect(ours['val_loss']?.[i]).toBeCloseTo(value, 6))
  })

  it('skips an epoch that was cut short, as tfjs does, and sees a stop in validation through', async () => {
    const events: Array<TrainingEvent> = []
    const stopAt = (tag: 'BatchEnd' | 'TestBatchEnd', batch: number) =>
      on(tag, (e) => (e.batch === batch ? stopTraining('now') : undefined))
    await fit(linear(), x, y, { ...options, ...weights(), callbacks: all(ear(events), stopAt('BatchEnd', 0)) })
    expect(tagsOf(events)).toBe('BatchEnd EpochEnd')
    expect(events.at(-1)).toMatchObject({ missing: ['val_loss'] })
    events.length = 0
    await fit(linear(), x, y, { ...options, ...weights(), callbacks: all(ear(events), stopAt('TestBatchEnd', 0)) })
    expect(events.filter((e) => e._tag === 'TestBatchEnd')).toHaveLength(2)
    expect(events.filter((e) => e._tag === 'EpochEnd')).toHaveLength(1)
  })

  it('leaks nothing, also when a policy throws in the middle of it', async () => {
    const bad = on('TestBatchEnd', () => {
      throw new Error('no')
    })
    const model = linear()
    await leakFree(() => fit(model, x, y, { ...options, validationSplit: 0.3, callbacks: ear([]) }))
    await leakFree(() => fit(model, x, y, { ...options, validationSplit: 0.3, callbacks: bad }))
    await expect(fit(linear(), x, y, { ...options, ...weights(), callbacks: bad })).rejects.toThrow('TestBatchEnd')
  })

  it('validates fits on tensors by a dataset, which tfjs passes over', async () => {
    const data = tf.data.array(Array.from({ length: 6 }, (_, i) => ({ xs: [i], ys: [2 * i] }))).batch(2)
    const { history } = await fit(linear(), x, y, { epochs: 2, validationData: data } as never)
    expect(history['val_loss']).toHaveLength(2)
  })

  it('fit$ tells of validation', async () => {
    const events = await lastValueFrom(fit$(linear(), x, y, { epochs: 1, validationSplit: 0.5 }).pipe(toArray()))
    expect(tagsOf(events)).toBe('TrainBegin EpochBegin TestBegin TestEnd EpochEnd TrainEnd')
  })

  it('toCallback says that it cannot', () => {
    const said: Array<string> = []
    const { warn } = console
    console.warn = (message: string) => said.push(message)
    try {
      toCallback(
        on('TestEnd', () => log('x')),
        { model: linear() },
      )
    } finally {
      console.warn = warn
    }
    expect(said.join()).toContain('no Test events')
  })
})

describe(`named callbacks outside fit on ${backend}`, () => {
  it('swapEMAWeights has nothing to swap before it has averaged, as in Keras', async () => {
    const model = linear()
    const { logs } = await evaluate(model, x, y, { callbacks: swapEMAWeights() })
    expect(logs).toEqual((await evaluate(model, x, y)).logs)
    tf.dispose((await predict(model, x, { callbacks: swapEMAWeights() })).outputs)
  })

  it('swapEMAWeights tests and measures with the average, and brings the weights back', async () => {
    const model = linear(tf.train.sgd(0.1))
    const { history } = await fit(model, x, y, {
      epochs: 3,
      validationData: [x, y],
      data: { h: [x, y] },
      callbacks: all(swapEMAWeights({ momentum: 0.9 }), evaluateEvery({ data: 'h' })),
    })
    expect(history['h_loss']).toEqual(history['val_loss'])
    const plain = await fit(linear(tf.train.sgd(0.1)), x, y, { epochs: 3, shuffle: false })
    const same = await fit(linear(tf.train.sgd(0.1)), x, y, { epochs: 3, shuffle: false, callbacks: swapEMAWeights() })
    expect(same.history['loss']).toEqual(plain.history['loss'])
  })

  it('brings the trained weights back where something is thrown while the average is in their place', async () => {
    const [model, twin] = [linear(tf.train.sgd(0.1)), linear(tf.train.sgd(0.1))]
    const bad = on('TestBatchEnd', (e) => {
      if (e.epoch === 1) throw new Error('no')
    })
    const options = { epochs: 2, shuffle: false, validationData: [x, y] as [typeof x, typeof y] }
    await expect(fit(model, x, y, { ...options, callbacks: all(swapEMAWeights(), bad) })).rejects.toThrow('no')
    await fit(twin, x, y, options)
    expect(model.getWeights()[0]?.dataSync()).toEqual(twin.getWeights()[0]?.dataSync())
  })

  it('leaves the optimizer alone after two runs at once, in whatever order they end', async () => {
    const model = linear(tf.train.sgd(0.1))
    await model.fit(x, y, {
      epochs: 1,
      verbose: 0,
      callbacks: [
        toCallback(gradientAccumulationScheduler({ scheduling: { 0: 100 } }), { tf }),
        toCallback(swapEMAWeights(), { tf }),
      ],
    })
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false)
    const before = model.getWeights()[0]?.dataSync()[0]
    await model.fit(x, y, { epochs: 1, verbose: 0 })
    expect(model.getWeights()[0]?.dataSync()[0]).not.toBe(before)
  })

  it('accumulates gradients in a loop of one’s own', async () => {
    const model = linear(tf.train.sgd(0.1))
    const policy = gradientAccumulationScheduler({ scheduling: { 0: 2 } })
    const weights: Array<number> = []
    await trainWith(policy, { model, epochs: 1, steps: 3 }, async (loop) => {
      for await (const _ of loop.epochs())
        for (let i = 0; i < 3; i += 1) {
          await model.trainOnBatch(x, y)
          weights.push(model.getWeights()[0]?.dataSync()[0] as number)
          await loop.batchEnd()
        }
    })
    const [first, second, third] = weights as [number, number, number]
    expect(first).toBe(0)
    expect(second).toBeGreaterThan(0)
    expect(third).toBeGreaterThan(second)
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false)
  })
})
