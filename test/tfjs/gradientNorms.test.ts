import { describe, expect, it } from 'vitest'
import {
  all,
  clipGradients,
  csvLogger,
  earlyStopping,
  fromSpec,
  gradientAccumulationScheduler,
  gradientNorms,
  layerFreezing,
  on,
  toSpec,
  type GradientNormsOptions,
  type Policy,
} from 'rxfit'
import { fromEpochs, readLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { fit, trainWith } from 'rxfit/tfjs'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backend, line, linear, tf } from './backend.js'
import { leakFree } from './models.js'
import { optimizers } from './optimizers.js'

const { x, y } = line(32)

/** Two layers, one of them inside a model of its own, and a gradient for each weight. */
const nested = (optimizer = tf.train.sgd(0)) => {
  const inner = tf.sequential({
    name: 'encoder',
    layers: [tf.layers.dense({ name: 'a', units: 2, inputShape: [1], activation: 'tanh', kernelInitializer: 'ones' })],
  })
  const model = tf.sequential({ layers: [inner, tf.layers.dense({ name: 'b', units: 1, kernelInitializer: 'ones' })] })
  model.compile({ loss: 'meanSquaredError', optimizer })
  return model
}

type Model = ReturnType<typeof nested>

/** Norms of each weight's gradient over a batch, from tfjs' own gradients. */
const normsOf = (model: Model, from: number, size: number): ReadonlyArray<number> =>
  tf.tidy(() => {
    const weights = model.trainableWeights.map((weight) => weight.read()) as Array<InstanceType<typeof tf.Variable>>
    const [xs, ys] = [x.slice(from, size), y.slice(from, size)]
    const loss = () => tf.losses.meanSquaredError(ys, model.apply(xs) as typeof ys).asScalar()
    const { grads } = tf.variableGrads(loss, weights)
    return weights.map(({ name }) => Math.hypot(...(grads[name]?.dataSync() ?? [])))
  })

const mean = (xs: ReadonlyArray<number>): number => xs.reduce((sum, value) => sum + value, 0) / xs.length

const run = async (model: Model, callbacks: Policy<never> | ReadonlyArray<Policy<never>>, epochs = 2) =>
  (await fit(model, x, y, { epochs, batchSize: 8, shuffle: false, callbacks })).history as Readonly<
    Record<string, ReadonlyArray<number>>
  >

describe(`norms of gradients on ${backend}`, () => {
  it('are the means over an epoch, of all, of layers and of weights', async () => {
    const model = nested()
    const batches = [0, 8, 16, 24].map((from) => normsOf(model, from, 8))
    const names = model.trainableWeights.map((weight) => (weight.read() as InstanceType<typeof tf.Variable>).name)
    const each = (...weights: ReadonlyArray<number>): number =>
      mean(batches.map((norms) => Math.hypot(...weights.map((i) => norms[i] as number))))
    const wanted: Readonly<Record<string, number>> = {
      gradient_norm: each(0, 1, 2, 3),
      'gradient_norm/encoder/a': each(0, 1),
      'gradient_norm/b': each(2, 3),
      ...Object.fromEntries(names.map((name, i) => [`weights/${name}`, each(i)])),
    }
    const history = await run(model, [gradientNorms(), gradientNorms({ per: 'weight', name: 'weights' })])
    for (const [name, norm] of Object.entries(wanted))
      for (const got of history[name] ?? [NaN]) expect(got).toBeCloseTo(norm, 5)
    expect(Object.keys(history).sort()).toEqual(['loss', 'weights', ...Object.keys(wanted)].sort())
    expect(await run(model, gradientNorms({ per: 'global' }), 1).then(Object.keys)).toEqual(['loss', 'gradient_norm'])
  })
  it('are taken every so many steps of an epoch', async () => {
    const model = nested()
    const norm = (from: number): number => Math.hypot(...normsOf(model, from, 8))
    const history = await run(model, [gradientNorms({ every: 3 }), gradientNorms({ every: 100, name: 'first' })])
    for (const epoch of [0, 1]) {
      expect(history['gradient_norm']?.[epoch]).toBeCloseTo(mean([norm(0), norm(24)]), 5)
      expect(history['first']?.[epoch]).toBeCloseTo(norm(0), 5)
    }
  })
  it('are as before clipping, or as the optimizer gets them', async () => {
    const norms = [gradientNorms({ per: 'global' }), gradientNorms({ per: 'global', name: 'after', clipped: true })]
    const clip = clipGradients({ global: 1e-3 })
    const bare = await run(nested(), norms)
    const [first, last] = [await run(nested(), [clip, ...norms]), await run(nested(), [...norms, clip])]
    expect(first['gradient_norm']).toEqual(bare['gradient_norm'])
    expect(last).toEqual(first)
    expect(bare['after']).toEqual(bare['gradient_norm'])
    for (const norm of first['after'] ?? [NaN]) expect(norm).toBeCloseTo(1e-3, 7)
  })
  it('go with accumulation: a step has the mean of its round', async () => {
    const history = await run(nested(), [gradientAccumulationScheduler({ scheduling: { 0: 4 } }), gradientNorms()])
    expect(history['gradient_norm']?.[0]).toBeCloseTo(Math.hypot(...normsOf(nested(), 0, 32)), 5)
  })
  it('go with freezing: a layer that rests has none', async () => {
    const history = await run(nested(), [layerFreezing({ layers: 'b', until: 1 }), gradientNorms()])
    expect(history['gradient_norm/encoder/a']).toHaveLength(2)
    // of its second epoch only
    expect(history['gradient_norm/b']).toHaveLength(1)
    expect(history['gradient_norm']?.[0]).toBeCloseTo(history['gradient_norm/encoder/a']?.[0] as number, 6)
  })
  it('are there for a layer that rests or learns within an epoch', async () => {
    const model = linear(tf.train.sgd(0))
    const kernel = (model.layers[0] as unknown as { readonly kernel: { trainable: boolean } }).kernel
    const rest = on('BatchEnd', ({ batch }) => void (kernel.trainable = batch !== 0))
    const { history } = await fit(model, x, y, {
      batchSize: 8,
      shuffle: false,
      callbacks: [rest, gradientNorms({ per: 'weight', name: 'n' })],
    })
    const of = (part: string) => Object.entries(history).find(([name]) => name.endsWith(part))?.[1]?.[0] as number
    const errors = [0, 8, 16, 24].map((from) => {
      const [xs, ys] = [[...x.dataSync()], [...y.dataSync()]].map((all) => all.slice(from, from + 8)) as [
        Array<number>,
        Array<number>,
      ]
      return Math.abs(mean(xs.map((value, i) => -2 * (ys[i] as number) * value)))
    })
    expect(of('kernel')).toBeCloseTo(mean([0, 2, 3].map((i) => errors[i] as number)), 5)
  })
  it('are not finite where a gradient is not', async () => {
    const model = linear(tf.train.sgd(1))
    const { history } = await fit(model, x, y.mul(NaN), { batchSize: 32, epochs: 1, callbacks: gradientNorms() })
    expect(history['gradient_norm']).toEqual([NaN])
  })
  it.each(Object.entries(optimizers))('change nothing under %s, and leave nothing behind', async (_, make) => {
    const [model, twin] = [linear(make(0.1)), linear(make(0.1))]
    const args = { epochs: 2, batchSize: 8, shuffle: false } as const
    await twin.fit(x, y, { ...args, verbose: 0 })
    const train = () => fit(model, x, y, { ...args, callbacks: gradientNorms({ per: 'weight' }) })
    await train()
    expect(model.getWeights().map((w) => [...w.dataSync()])).toEqual(twin.getWeights().map((w) => [...w.dataSync()]))
    await leakFree(train)
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false)
  })
  it('leave nothing behind where training fails, or stops half way through an epoch', async () => {
    const model = nested()
    for (const fails of [true, false])
      await leakFree(() =>
        fit(model, x, y, {
          batchSize: 8,
          epochs: 3,
          callbacks: [
            gradientNorms(),
            on('BatchEnd', ({ batch }) => {
              if (batch === 2 && fails) throw new Error('no')
              return batch === 2 ? { _tag: 'StopTraining', reason: 'enough' } : undefined
            }),
          ],
        }),
      )
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false)
  })
  it('keep few tensors in a long epoch', async () => {
    const model = linear(tf.train.sgd(0))
    const counts: Array<number> = []
    const long = tf.ones([600, 1])
    const { history } = await fit(model, long, long, {
      batchSize: 1,
      callbacks: [gradientNorms(), on('BatchEnd', () => void counts.push(tf.memory().numTensors))],
    })
    expect(Math.max(...counts) - (counts[0] as number)).toBeLessThan(260)
    expect(history['gradient_norm']?.[0]).toBeCloseTo(Math.hypot(2, 2), 5)
    long.dispose()
  })
  it('are for judges, tables and records', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
    const policy = all(
      gradientNorms(),
      earlyStopping({ monitor: 'gradient_norm', patience: 2, mode: 'min' }),
      csvLogger({ filename: join(dir, 'log.csv') }),
    )
    const record = join(dir, 'run.jsonl')
    const { decisions, epoch } = await fit(nested(), x, y, {
      epochs: 9,
      batchSize: 8,
      shuffle: false,
      callbacks: policy,
      record,
    })
    expect(epoch).toHaveLength(3)
    expect(readFileSync(join(dir, 'log.csv'), 'utf8')).toMatch(
      /^epoch,gradient_norm,gradient_norm\/b,gradient_norm\/encoder\/a,loss,/,
    )
    const again = replay(policy, await readLog(record))
    expect(again.decisions).toEqual(decisions)
    expect(again.outcome.verdict).toBe('exact')
    rmSync(dir, { recursive: true })
  })
  it('work in loops of one’s own, per weight; there is no layer there', async () => {
    const optimizer = tf.train.sgd(0)
    const w = tf.variable(tf.tensor1d([1, 2]))
    const seen: Array<unknown> = []
    const loop = (per: GradientNormsOptions['per'] & string) =>
      trainWith(
        [gradientNorms({ per }), on('EpochEnd', ({ logs }) => void seen.push(logs))],
        { model: { optimizer, variables: [w] }, epochs: 2 },
        async (run) => {
          for await (const epoch of run.epochs()) {
            optimizer.minimize(() =>
              w
                .mul(tf.tensor1d([3, 4]))
                .sum()
                .asScalar()
                .mul(epoch + 1),
            )
            await run.batchEnd()
          }
        },
      )
    await loop('weight')
    expect(seen).toEqual([5, 10].map((norm) => ({ gradient_norm: norm, [`gradient_norm/${w.name}`]: norm })))
    await expect(loop('layer')).rejects.toThrow("norms are per 'global' or per 'weight'")
    w.dispose()
  })
})

describe('gradientNorms', () => {
  it('is a policy as others are', () => {
    const built = fromSpec({ gradientNorms: { every: 5, per: 'weight' } })
    expect(built._tag === 'Right' && toSpec(built.right)).toEqual(toSpec(gradientNorms({ every: 5, per: 'weight' })))
    expect(() => gradientNorms({ every: 0 })).toThrow('gradientNorms.every: must be 1 or more')
    expect(() => gradientNorms({ per: 'unit' as never })).toThrow('gradientNorms.per')
    expect(() => gradientNorms({ evry: 1 } as never)).toThrow("did you mean 'every'?")
  })
  it('asks a recorded log for norms that it has', () => {
    const policy = all(gradientNorms(), earlyStopping({ monitor: 'gradient_norm/b', patience: 1, mode: 'min' }))
    const log = fromEpochs([1, 2, 3].map((norm) => ({ loss: 1, gradient_norm: norm, 'gradient_norm/b': norm })))
    expect(replay(policy, log).outcome.stoppedEpoch).toBe(1)
  })
})
