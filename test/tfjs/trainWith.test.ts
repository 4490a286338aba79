import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  all,
  earlyStopping,
  evaluateEvery,
  history,
  on,
  reduceLROnPlateau,
  saveModel,
  stopIf,
  stopTraining,
  type Policy,
  type TrainingEvent,
} from 'rxfit'
import { readLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { fit, learningRateOf, trainWith, type Loop } from 'rxfit/tfjs'
import { backend, line, linear, tf } from './backend.js'
import { leakFree } from './models.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
const { x, y } = line(8)

/** Plays losses as if they had been trained. */
const losses =
  (values: ReadonlyArray<number>) =>
  async (loop: Loop): Promise<ReadonlyArray<number>> => {
    const epochs: Array<number> = []
    for await (const epoch of loop.epochs()) {
      epochs.push(epoch)
      await loop.batchEnd({ loss: values[epoch] as number })
      await loop.epochEnd({ loss: values[epoch] as number })
    }
    return epochs
  }

describe(`trainWith on ${backend}`, () => {
  it('trains as fit does, and decides the same', async () => {
    const policy = all(reduceLROnPlateau({ monitor: 'loss', patience: 1, minDelta: 0.5 }), history())
    const [a, b] = [linear(tf.train.sgd(0.1)), linear(tf.train.sgd(0.1))]
    const theirs = await fit(a, x, y, { epochs: 4, batchSize: 8, shuffle: false, callbacks: policy })
    const ours = await trainWith(policy, { model: b, epochs: 4 }, async (loop) => {
      for await (const _ of loop.epochs()) {
        const loss = (await b.trainOnBatch(x, y)) as number
        await loop.batchEnd({ loss })
        await loop.epochEnd({ loss })
      }
    })
    expect(ours.decisions).toEqual(theirs.decisions)
    expect(learningRateOf(b.optimizer)).toBe(learningRateOf(a.optimizer))
    expect(ours.remembered['history']?.map((row) => row.epoch)).toEqual([0, 1, 2, 3])
    a.getWeights().forEach((w, i) => expect([...w.dataSync()]).toEqual([...(b.getWeights()[i]?.dataSync() ?? [])]))
  })

  it('stops, and puts the best weights back', async () => {
    const model = linear()
    const seen: Array<number> = []
    const { result, decisions } = await trainWith(
      earlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true }),
      { model, epochs: 20, metrics: ['loss'] },
      async (loop) => {
        for await (const epoch of loop.epochs()) {
          model.setWeights([tf.tensor2d([[epoch]]), tf.tensor1d([0])])
          seen.push(epoch)
          await loop.epochEnd({ loss: Math.abs(epoch - 3) })
        }
        return 'done'
      },
    )
    expect(result).toBe('done')
    expect(seen).toEqual([0, 1, 2, 3, 4, 5])
    expect(decisions.map(({ command }) => command._tag)).toContain('RestoreWeights')
    expect(model.getWeights()[0]?.dataSync()[0]).toBe(3)
  })

  it('records a run that replays to the same decisions', async () => {
    const record = join(dir, 'loop.jsonl')
    const policy = earlyStopping({ monitor: 'loss', patience: 1 })
    const { decisions } = await trainWith(
      policy,
      { model: linear(), epochs: 9, steps: 1, record },
      losses([3, 2, 2, 2]),
    )
    expect(replay(policy, await readLog(record)).decisions).toEqual(decisions)
  })

  it('steers several models, each by its own policies', async () => {
    const [generator, discriminator] = [linear(tf.train.sgd(0.1)), linear(tf.train.adam(0.1))]
    const scaled = (monitor: string) => reduceLROnPlateau({ monitor, mode: 'min', patience: 1, factor: 0.5 })
    const { deeds } = await trainWith(
      {
        generator: scaled('gLoss'),
        discriminator: all(
          scaled('dLoss'),
          stopIf((e) => e.epoch === 3, 'enough'),
        ),
      },
      { models: { generator, discriminator }, epochs: 10, record: join(dir, '{model}.jsonl') },
      async (loop) => {
        for await (const epoch of loop.epochs()) await loop.epochEnd({ gLoss: 1, dLoss: -epoch })
      },
    )
    expect(learningRateOf(generator.optimizer)).toBeCloseTo(0.1 * 0.125, 10)
    expect(learningRateOf(discriminator.optimizer)).toBe(0.1)
    expect(deeds.generator.decisions).toHaveLength(3)
    expect(deeds.discriminator.decisions).toHaveLength(1)
    expect(readFileSync(join(dir, 'generator.jsonl'), 'utf8')).toContain('"reason":"enough"')
  })

  it('steers an optimizer with its variables, where there is no model of layers', async () => {
    const w = tf.variable(tf.scalar(0))
    const optimizer = tf.train.sgd(0.1)
    const policy = all(
      earlyStopping({ monitor: 'loss', patience: 1, restoreBestWeights: true }),
      reduceLROnPlateau({ monitor: 'loss', patience: 1 }),
    )
    await trainWith(policy, { model: { optimizer, variables: [w] }, epochs: 9 }, async (loop) => {
      for await (const epoch of loop.epochs()) {
        const loss = optimizer.minimize(() => w.sub(1).square() as never, true)
        loss?.dispose()
        await loop.epochEnd({ loss: epoch < 2 ? 2 - epoch : 5 })
      }
    })
    // two steps of plain gradient descent: 0.2, then 0.36
    expect(w.dataSync()[0]).toBeCloseTo(0.36, 6)
    expect(learningRateOf(optimizer)).toBeCloseTo(0.01, 8)
    await expect(
      trainWith(
        on('EpochEnd', () => saveModel(dir)),
        { model: { optimizer } },
        losses([1]),
      ),
    ).rejects.toThrow('no model of layers to save')
    tf.dispose(w)
  })

  it('ends an epoch that the loop left, and tells of every event in order', async () => {
    const events: Array<TrainingEvent> = []
    const tags = [
      'TrainBegin',
      'EpochBegin',
      'BatchBegin',
      'BatchEnd',
      'TestBegin',
      'TestEnd',
      'EpochEnd',
      'TrainEnd',
    ] as const
    const ear: Policy<never> = all(...tags.map((tag) => on(tag, (e) => void events.push(e))))
    await trainWith(
      all(
        ear,
        on('BatchEnd', () => stopTraining('now')),
      ),
      { model: linear(), epochs: 5, metrics: ['loss', 'val_loss'] },
      async (loop) => {
        for await (const _ of loop.epochs()) {
          await loop.batchBegin()
          await loop.batchEnd({ loss: 1 })
          await loop.testBegin()
          await loop.testEnd({ loss: 2 })
          if (loop.stopped) break
        }
      },
    )
    expect(events.map((e) => e._tag)).toEqual([...tags])
    expect(events.at(-2)).toMatchObject({ missing: ['loss', 'val_loss'], step: 1 })
    expect(events.at(-1)).toMatchObject({ reason: 'now' })
  })

  it('refuses what cannot be', async () => {
    const model = linear()
    const policy = earlyStopping({ monitor: 'loss' })
    const none = (): Promise<void> => Promise.resolve()
    await expect(trainWith(policy, { model: {} as never }, none)).rejects.toThrow('trainWith.model: must be a model')
    await expect(trainWith(policy, { model, epoch: 3 } as never, none)).rejects.toThrow("did you mean 'epochs'?")
    await expect(trainWith(policy, { model }, undefined as never)).rejects.toThrow('third argument')
    await expect(trainWith(policy, { models: { a: model } } as never, none)).rejects.toThrow(
      'an object of policies by model (a)',
    )
    await expect(trainWith({ b: policy } as never, { models: { a: model } }, none)).rejects.toThrow(
      'there is no such model; there is a',
    )
    await expect(trainWith({ a: policy }, { models: { a: model }, record: 'x.jsonl' }, none)).rejects.toThrow('{model}')
    await expect(
      trainWith(earlyStopping({ monitor: 'vall_loss' as 'val_loss' }), { model, metrics: ['loss', 'val_loss'] }, none),
    ).rejects.toThrow("'val_loss'")
    await expect(trainWith(policy, { model }, (loop) => loop.batchEnd({ loss: 1 }))).rejects.toThrow(
      'batchEnd outside an epoch',
    )
    const twice = async (loop: Loop): Promise<void> => {
      for await (const _ of loop.epochs()) await loop.epochEnd({})
      for await (const _ of loop.epochs()) await loop.epochEnd({})
    }
    await expect(trainWith([], { model }, twice)).rejects.toThrow('call it once')
    const raw = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
    await expect(trainWith(reduceLROnPlateau({ monitor: 'loss' }), { model: raw }, none)).rejects.toThrow(
      'compile the model',
    )
    const tensor = async (loop: Loop): Promise<void> => {
      for await (const _ of loop.epochs()) await loop.epochEnd({ loss: x as never })
    }
    await expect(trainWith(policy, { model }, tensor)).rejects.toThrow("'loss' must be a number, got an object")
  })

  it('keeps what was measured of one model from the others', async () => {
    const models = { a: linear(tf.train.sgd(0.1)), b: linear(tf.train.sgd(0)) }
    const policy = all(evaluateEvery({ data: 'h' }), history())
    const { deeds } = await trainWith(
      { a: policy, b: policy },
      { models, epochs: 2, data: { h: [x, y] } },
      async (loop) => {
        for await (const _ of loop.epochs()) {
          await models.a.trainOnBatch(x, y)
          await loop.epochEnd({})
        }
      },
    )
    const of = (name: 'a' | 'b') => (deeds[name].remembered['history'] ?? []).map((row) => row.logs['h_loss'])
    expect(of('b')[0]).toBe(of('b')[1])
    expect(of('a')[1]).toBeLessThan(of('a')[0] as number)
    expect(of('a')[0]).toBeLessThan(of('b')[0] as number)
  })

  it('leaves nothing behind where the loop or a policy throws', async () => {
    const model = linear()
    const keep = earlyStopping({ monitor: 'loss', restoreBestWeights: true, patience: 9 })
    const broken = async (loop: Loop): Promise<void> => {
      for await (const _ of loop.epochs()) {
        await loop.epochEnd({ loss: 1 })
        throw new Error('the loop')
      }
    }
    await leakFree(() => trainWith(keep, { model, epochs: 3 }, broken))
    await expect(trainWith(keep, { model, epochs: 3 }, broken)).rejects.toThrow('the loop')
    const bad = on('EpochEnd', () => {
      throw new Error('the policy')
    })
    await leakFree(() => trainWith(all(keep, bad), { model, epochs: 3 }, losses([1, 1, 1])))
    await expect(trainWith(bad, { model, epochs: 3 }, losses([1, 1, 1]))).rejects.toThrow(
      "policy 'on' failed at EpochEnd",
    )
  })
})
