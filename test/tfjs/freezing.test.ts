import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import {
  all,
  earlyStopping,
  emit,
  freeze,
  lambda,
  layerFreezing,
  modelCheckpoint,
  on,
  onceAt,
  swapEMAWeights,
  unfreeze,
  type Policy,
} from 'rxfit'
import { fileSystem } from 'rxfit/node'
import { fit, loadWeights, toCallback } from 'rxfit/tfjs'
import { backend, line, tf } from './backend.js'
import { optimizers } from './optimizers.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-freezing-'))
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})
const { x, y } = line()

/** Two layers of equal shapes, so that mixed up weights would go unnoticed. */
const twins = (make: (rate: number) => unknown = tf.train.sgd) => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 1, inputShape: [1], name: 'base', kernelInitializer: 'ones' }),
      tf.layers.dense({ units: 1, name: 'head', kernelInitializer: tf.initializers.constant({ value: 0.5 }) }),
    ],
  })
  model.compile({ loss: 'meanSquaredError', optimizer: make(0.05) as never })
  return model
}
type Model = ReturnType<typeof twins>
const of = (model: Model, layer: string): Array<number> =>
  model
    .getLayer(layer)
    .getWeights()
    .flatMap((w) => [...w.dataSync()])

/** Weights of a layer after each epoch. */
const watch = (model: Model, layer: string) => {
  const seen: Array<Array<number>> = [of(model, layer)]
  return { seen, policy: lambda({ onEpochEnd: () => void seen.push(of(model, layer)) }) }
}

describe(`frozen layers on ${backend}`, () => {
  it.each(Object.entries(optimizers))('rest until their epoch, then learn, under %s', async (_, make) => {
    const model = twins(make)
    const base = watch(model, 'base')
    const head = watch(model, 'head')
    await fit(model, x, y, {
      epochs: 4,
      batchSize: 8,
      callbacks: all(layerFreezing({ layers: 'base', until: 2 }), base.policy, head.policy),
    })
    expect(base.seen[2]).toEqual(base.seen[0])
    expect(base.seen[3]).not.toEqual(base.seen[2])
    expect(head.seen[1]).not.toEqual(head.seen[0])
    expect(head.seen[3]).not.toEqual(head.seen[2])
  })

  it('train as a model that was compiled without them', async () => {
    const frozen = twins()
    await fit(frozen, x, y, { epochs: 3, shuffle: false, callbacks: layerFreezing({ layers: ['base'] }) })
    const smaller = twins()
    smaller.getLayer('base').trainable = false
    smaller.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0.05) })
    await fit(smaller, x, y, { epochs: 3, shuffle: false })
    expect(of(frozen, 'head')).toEqual(of(smaller, 'head'))
  })

  it('are as they were when the fit has ended, however', async () => {
    const model = twins()
    const flags = () => model.layers.map(({ trainable }) => trainable)
    const order = model.weights.map(({ name }) => name)
    const asBefore = (): void => {
      expect(flags()).toEqual([true, true])
      expect(model.trainableWeights).toHaveLength(4)
      expect(model.weights.map(({ name }) => name)).toEqual(order)
    }
    const failing = on('EpochEnd', () => {
      throw new Error('no')
    })
    await fit(model, x, y, { epochs: 1, callbacks: layerFreezing({ layers: 'base' }) })
    asBefore()
    const before = tf.memory().numTensors
    await expect(
      fit(model, x, y, { epochs: 2, callbacks: [layerFreezing({ layers: 'b*' }), failing] }),
    ).rejects.toThrow('no')
    asBefore()
    const callbacks = toCallback(all(layerFreezing({ layers: 'base' }), failing), { model })
    await expect(model.fit(x, y, { epochs: 2, verbose: 0, callbacks })).rejects.toThrow('no')
    asBefore()
    expect(tf.memory().numTensors).toBe(before)
  })

  it('are left alone once their fit has ended', async () => {
    const model = twins()
    const callbacks = toCallback(layerFreezing({ layers: 'base' }), { model })
    await model.fit(x, y, { epochs: 1, verbose: 0, callbacks })
    model.getLayer('base').trainable = false
    await model.fit(x, y, { epochs: 1, verbose: 0, callbacks })
    const flags = model.getLayer('base').weights as unknown as ReadonlyArray<{ readonly trainable: boolean }>
    expect(flags.map(({ trainable }) => trainable)).toEqual([false, false])
  })

  it('keep their place among best weights, averages and saved files', async () => {
    const model = twins()
    const base = of(model, 'base')
    const ends: Array<Array<number>> = []
    await fit(model, x, y, {
      epochs: 3,
      callbacks: all(
        layerFreezing({ layers: 'base', until: 2 }),
        // the best is made while it is frozen, and put back when it isn't
        earlyStopping({ monitor: 'f', mode: 'min', restoreBestWeights: true, patience: 9 }),
        modelCheckpoint({ filepath: join(dir, 'w-{epoch}'), saveWeightsOnly: true, monitor: 'loss' }),
        modelCheckpoint({ filepath: join(dir, 'm-{epoch}'), monitor: 'loss' }),
        lambda({ onEpochEnd: () => void ends.push(of(model, 'head')) }),
      ) as Policy,
      otherCallbacks: { onEpochEnd: (epoch, logs) => void ((logs as Record<string, number>)['f'] = epoch) },
    })
    expect(of(model, 'base')).toEqual(base)
    expect(of(model, 'head')).toEqual(ends[0])
    const loaded = twins()
    await loadWeights(tf, loaded, join(dir, 'w-1'))
    expect(of(loaded, 'base')).toEqual(base)
    expect(of(loaded, 'head')).toEqual(ends[0])
    const whole = (await tf.loadLayersModel(fileSystem(join(dir, 'm-1')) as never)) as Model
    expect(of(whole, 'base')).toEqual(base)
    expect(whole.layers.map(({ trainable }) => trainable)).toEqual([true, true])
  })

  it('can be averaged with the others', async () => {
    const model = twins()
    const base = of(model, 'base')
    await fit(model, x, y, {
      epochs: 3,
      callbacks: all(layerFreezing({ layers: 'base' }), swapEMAWeights({ momentum: 0.5, swapOnEpoch: true })),
    })
    expect(of(model, 'base')).toEqual(base)
  })

  it('may be inside others, or made of cells', async () => {
    const inner = tf.sequential({
      name: 'backbone',
      layers: [tf.layers.dense({ units: 2, inputShape: [1], name: 'deep' }), tf.layers.batchNormalization()],
    })
    const model = tf.sequential({
      layers: [
        inner as never,
        tf.layers.reshape({ targetShape: [2, 1] }),
        tf.layers.bidirectional({
          layer: tf.layers.lstm({ units: 2, name: 'cells' }) as never,
          mergeMode: 'concat',
          name: 'both',
        }),
        tf.layers.dense({ units: 1, name: 'head' }),
      ],
    })
    model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0.05) })
    const trained = (layer: string) =>
      model
        .getLayer(layer)
        .getWeights()
        .map((w) => [...w.dataSync()])
    for (const [frozen, free] of [
      ['both', 'backbone'],
      ['backbone', 'both'],
      ['deep', 'both'],
    ] as const) {
      const before = [
        frozen === 'deep' ? inner.layers[0]!.getWeights().map((w) => [...w.dataSync()]) : trained(frozen),
        trained(free),
      ]
      await fit(model, x, y, { epochs: 1, callbacks: layerFreezing({ layers: frozen }) })
      const after = [
        frozen === 'deep' ? inner.layers[0]!.getWeights().map((w) => [...w.dataSync()]) : trained(frozen),
        trained(free),
      ]
      // behind the weights that learn, a frozen BatchNorm goes on with its statistics
      const learnt = frozen === 'backbone' ? 4 : 99
      expect(after[0]?.slice(0, learnt)).toEqual(before[0]?.slice(0, learnt))
      expect(after[1]).not.toEqual(before[1])
    }
  })

  it('are looked for before training starts', async () => {
    let batches = 0
    const counting = lambda({ onBatchEnd: () => void (batches += 1) })
    const refused = async (policy: Policy, message: RegExp, model = twins()): Promise<void> => {
      await expect(fit(model, x, y, { epochs: 3, callbacks: [policy, counting] })).rejects.toThrow(message)
    }
    await refused(
      layerFreezing({ layers: 'bass' }),
      /no layer is called 'bass' \(did you mean 'base'\?\); the model has base, head/,
    )
    await refused(layerFreezing({ layers: ['base', 'conv_*'] }), /no layer matches 'conv_\*'/)
    await refused(pipe(onceAt(2), emit(freeze('hed'))) as Policy, /did you mean 'head'/)
    await refused(
      layerFreezing({ layers: '*', until: 1 }),
      /FreezeLayers.*with '\*' frozen the model has nothing left to train/,
    )
    const compiled = twins()
    compiled.getLayer('base').trainable = false
    compiled.compile({ loss: 'meanSquaredError', optimizer: 'sgd' })
    await refused(
      layerFreezing({ layers: 'base', until: 2 }),
      /'base' was frozen when the model was compiled.*compile/,
      compiled,
    )
    await refused(
      pipe(onceAt(1), emit(unfreeze('*'))) as Policy,
      /'base' was frozen when the model was compiled/,
      compiled,
    )
    expect(batches).toBe(0)
    // what was frozen anyway may be frozen
    await fit(compiled, x, y, { epochs: 1, callbacks: layerFreezing({ layers: 'base' }) })
  })
})
