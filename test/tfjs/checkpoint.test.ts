import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { Optimizer, Sequential } from '@tensorflow/tfjs'
import { afterAll, describe, expect, it } from 'vitest'
import { all, earlyStopping, modelCheckpoint, on, resume, saveModel, suspend, swapEMAWeights } from 'rxfit'
import { fit, learningRateOf, loadCheckpoint, loadWeights } from 'rxfit/tfjs'
import { backend, line, tf } from './backend.js'
import { leakFree } from './models.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const { x, y } = line(16)

const optimizers: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  nesterov: () => tf.train.momentum(0.05, 0.9, true),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
  adam: () => tf.train.adam(0.05),
  adamax: () => tf.train.adamax(0.05),
  rmsprop: () => tf.train.rmsprop(0.05),
  centered: () => tf.train.rmsprop(0.05, 0.9, 0.5, undefined, true),
}

const network = (optimizer: Optimizer): Sequential => {
  const dense = (units: number, seed: number, shape?: [number]) =>
    tf.layers.dense({
      units,
      activation: 'tanh',
      kernelInitializer: tf.initializers.glorotNormal({ seed }),
      ...(shape && { inputShape: shape }),
    })
  const model = tf.sequential({ layers: [dense(4, 1, [1]), tf.layers.batchNormalization(), dense(1, 2)] })
  model.compile({ loss: 'meanSquaredError', optimizer })
  return model
}

const weightsOf = (model: Sequential) => model.getWeights().map((weight) => [...weight.dataSync()])
const plain = { batchSize: 4, shuffle: false } as const

describe(`checkpoints on ${backend}`, () => {
  it.each(Object.keys(optimizers))('go on bit for bit: %s', async (name) => {
    const make = optimizers[name] as () => Optimizer
    const path = join(dir, name)
    const whole = network(make())
    await fit(whole, x, y, {
      ...plain,
      epochs: 6,
      callbacks: on('EpochEnd', (e) => (e.epoch === 2 ? saveModel(path, { what: 'checkpoint' }) : undefined)),
    })
    const resumed = network(make())
    // slots of an earlier life are given back, not added to
    await fit(resumed, x, y, { ...plain, epochs: 1 })
    const before = tf.memory().numTensors
    const { epoch, step } = await loadCheckpoint(tf, resumed, path)
    expect(tf.memory().numTensors).toBe(before)
    expect([epoch, step]).toEqual([3, 12])
    await fit(resumed, x, y, { ...plain, epochs: 6, initialEpoch: epoch })
    expect(weightsOf(resumed)).toEqual(weightsOf(whole))
  })

  it('are gone on from by policies that kept weights in memory', async () => {
    const path = join(dir, 'kept')
    const policy = all(
      earlyStopping({ monitor: 'loss', mode: 'max', patience: 9, restoreBestWeights: true }),
      swapEMAWeights({ swapOnEpoch: true }),
      modelCheckpoint({ filepath: path, what: 'checkpoint' }),
    )
    await fit(network(tf.train.sgd(0.05)), x, y, { ...plain, epochs: 2, callbacks: policy })
    const model = network(tf.train.sgd(0.05))
    const { epoch, state } = await loadCheckpoint(tf, model, path)
    const made = resume(JSON.parse(JSON.stringify(suspend(policy, state))), policy)
    if (E.isLeft(made)) throw made.left
    const { history } = await fit(model, x, y, {
      ...plain,
      epochs: 4,
      initialEpoch: epoch,
      callbacks: made.right,
    })
    expect(history['loss']).toHaveLength(2)
  })

  it('hold the learning rate, the place and what policies have in mind', async () => {
    const path = join(dir, 'at-{epoch}')
    const policy = all(
      earlyStopping({ monitor: 'loss', patience: 9 }),
      modelCheckpoint({ filepath: path, what: 'checkpoint', saveFreq: 5 }),
    )
    const model = network(tf.train.sgd(0.125))
    await fit(model, x, y, { ...plain, epochs: 2, callbacks: policy })
    const checkpoint = await loadCheckpoint(tf, model, join(dir, 'at-2'))
    expect(checkpoint).toMatchObject({ epoch: 1, batch: 1, step: 5, learningRate: 0.125, spec: { kind: 'all' } })
    expect(
      policy.step(checkpoint.state, {
        _tag: 'EpochEnd',
        epoch: 1,
        batch: null,
        step: 8,
        at: 0,
        lr: 1,
        logs: { loss: 1 },
      }),
    ).toBeDefined()
    // a checkpoint is a model too
    await loadWeights(tf, model, join(dir, 'at-2'))
  })

  it('are refused where they do not fit or are damaged, with the model as it was', async () => {
    const model = network(tf.train.adam(0.1))
    const path = join(dir, 'hurt')
    await fit(model, x, y, {
      ...plain,
      epochs: 1,
      callbacks: modelCheckpoint({ filepath: path, what: 'checkpoint', monitor: 'loss' }),
    })
    const before = weightsOf(model)
    const refused = async (load: Promise<unknown>, why: string | RegExp): Promise<void> => {
      await expect(load).rejects.toThrow(why)
      expect(weightsOf(model)).toEqual(before)
      expect(learningRateOf(model.optimizer)).toBe(0.1)
    }
    const other = network(tf.train.sgd(0.1))
    await expect(loadCheckpoint(tf, other, path)).rejects.toThrow(
      "the state of optimizer 'Adam', and the model has 'SGD'",
    )
    const small = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
    await expect(loadCheckpoint(tf, small, path)).rejects.toThrow('compile the model first')
    small.compile({ loss: 'meanSquaredError', optimizer: 'adam' })
    await expect(loadCheckpoint(tf, small, path)).rejects.toThrow("its weights don't fit: the model has [1, 1] [1]")
    await leakFree(() => loadCheckpoint(tf, model, path))

    const file = join(path, readdirSync(path).find((name) => name.startsWith('optimizer')) ?? '')
    const bytes = readFileSync(file)
    for (const hurt of [bytes.subarray(4), Buffer.alloc(0), Buffer.from(bytes.map((b, i) => (i === 9 ? b ^ 1 : b)))]) {
      writeFileSync(file, hurt)
      await refused(loadCheckpoint(tf, model, path), 'damaged')
    }
    writeFileSync(file, bytes)
    const manifest = join(path, 'model.json')
    const text = readFileSync(manifest, 'utf8')
    writeFileSync(manifest, text.replace('"version":2', '"version":3'))
    await refused(loadCheckpoint(tf, model, path), 'version 3')
    writeFileSync(manifest, text.replace('optimizer.', '../optimizer.'))
    await refused(loadCheckpoint(tf, model, path), 'must be { data, info }')

    await fit(model, x, y, { ...plain, epochs: 1, callbacks: on('TrainEnd', () => saveModel(join(dir, 'plain'))) })
    await expect(loadCheckpoint(tf, model, join(dir, 'plain'))).rejects.toThrow('is a saved model and no checkpoint')
  })

  it('cannot be weights alone', () => {
    expect(() => modelCheckpoint({ filepath: 'm', what: 'checkpoint', saveWeightsOnly: true })).toThrow(
      'give one of them',
    )
    expect(() => modelCheckpoint({ filepath: 'm', what: 'checkpont' as 'checkpoint' })).toThrow('modelCheckpoint.what')
  })
})
