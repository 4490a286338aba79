import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs'
import { afterAll, describe, expect, it } from 'vitest'
import {
  all,
  csvLogger,
  earlyStopping,
  evaluateEvery,
  fromSpec,
  monitor,
  on,
  stopIf,
  toSpec,
  type TrainingEvent,
} from 'rxfit'
import { readLog } from 'rxfit/logs'
import { averagePrecision, oneVsRest, prAuc, rocAuc } from 'rxfit/metrics'
import { replay } from 'rxfit/replay'
import { fit, trainWith } from 'rxfit/tfjs'
import { describeOracles } from '../oracles.js'
import { readWithTensorBoard } from '../sinks/tensorboard.js'
import { backend, line, linear, tf } from './backend.js'
import { leakFree, twoByTwo } from './models.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const classifier = (units = 1) => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units,
        inputShape: [2],
        activation: units === 1 ? 'sigmoid' : 'softmax',
        kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }),
      }),
    ],
  })
  model.compile({
    loss: units === 1 ? 'binaryCrossentropy' : 'categoricalCrossentropy',
    optimizer: tf.train.sgd(0.5),
    metrics: ['accuracy'],
  })
  return model
}

const n = 23
const features = Array.from({ length: n }, (_, i) => [Math.sin(3 * i), Math.cos(5 * i)])
const labels = features.map(([a = 0, b = 0], i) => (a + b * 0.3 + Math.sin(11 * i) * 0.8 > 0 ? 1 : 0))
const x = tf.tensor2d(features)
const y = tf.tensor2d(labels, [n, 1])

describe(`evaluateEvery on ${backend}`, () => {
  it('puts its numbers into the logs of the epoch, where other policies find them', async () => {
    const model = classifier()
    const record = join(dir, 'run.jsonl')
    const policy = all(
      evaluateEvery({ data: ['holdout', 'again'], metrics: ['rocAuc', 'prAuc', 'averagePrecision'], batchSize: 5 }),
      earlyStopping({ monitor: 'holdout_prAuc', mode: 'max', patience: 3, restoreBestWeights: true }),
      csvLogger({ filename: join(dir, 'log.csv') }),
    )
    const result = await fit(model, x, y, {
      epochs: 60,
      callbacks: policy,
      record,
      data: {
        holdout: [x, y],
        again: tf.data
          .zip({ xs: tf.data.array(features), ys: tf.data.array(labels.map((l) => [l])) })
          .batch(4) as never,
      },
    })
    const { history } = result
    expect(Object.keys(history).sort()).toEqual(
      [
        'loss',
        'acc',
        ...['holdout', 'again'].flatMap((d) =>
          ['loss', 'acc', 'rocAuc', 'prAuc', 'averagePrecision'].map((m) => `${d}_${m}`),
        ),
      ].sort(),
    )
    expect(history['again_rocAuc']).toEqual(history['holdout_rocAuc'])
    expect(history['loss']?.length).toBeLessThan(60)
    expect(result.decisions.map((d) => d.command._tag)).toContain('RestoreWeights')
    // the model holds the best epoch's weights again
    const scores = (model.predict(x) as Tensor).dataSync()
    expect(prAuc(labels, scores)).toBe(Math.max(...(history['holdout_prAuc'] as Array<number>)))
    const last = (history['holdout_rocAuc'] as Array<number>).at(-1)
    expect(last).toBeGreaterThan(0.5)
    expect(replay(policy, await readLog(record)).decisions).toEqual(result.decisions)
  })

  it('measures what scikit-learn would of the predictions', async () => {
    const model = classifier(3)
    const classes = features.map(([a = 0], i) => (a > 0.3 ? 2 : i % 2))
    const oneHot = tf.oneHot(tf.tensor1d(classes, 'int32'), 3).cast('float32')
    const { history } = await fit(model, x, oneHot, {
      epochs: 1,
      callbacks: evaluateEvery({
        data: { all: [x, oneHot] },
        prefix: '',
        metrics: [
          'rocAuc',
          { averagePrecision: { average: 'weighted', as: 'ap' } },
          { f1: { average: 'macro' } },
          'calibrationError',
          'logLoss',
        ],
      }),
    })
    const rows = (model.predict(x) as Tensor).arraySync() as Array<Array<number>>
    expect(history['rocAuc']?.[0]).toBe(oneVsRest(rocAuc, { probabilities: false })(classes, rows))
    expect(history['ap']?.[0]).toBe(
      oneVsRest(averagePrecision, { average: 'weighted', probabilities: false })(classes, rows),
    )
    expect(history['f1']?.[0]).toBeGreaterThanOrEqual(0)
    expect(history['logLoss']?.[0]).toBeGreaterThan(0)
  })

  it('names the measures of several outputs', async () => {
    const { model, xs, ys } = twoByTwo(6)
    const events: Array<TrainingEvent> = []
    const bits = [tf.tensor2d([1, 0, 1, 0, 1, 1], [6, 1]), tf.tensor2d([1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0], [6, 2])]
    await fit(model, xs, ys, {
      epochs: 1,
      callbacks: all(
        evaluateEvery({ data: 'h', metrics: ['rocAuc'] }),
        stopIf((e) => e.logs['h_q_rocAuc'] === -1, 'never'),
        on('EpochEnd', (e) => void events.push(e)),
      ),
      data: { h: [xs, bits] },
    })
    expect(Object.keys(events[0]?.logs ?? {})).toEqual(
      expect.arrayContaining(['h_loss', 'h_p_loss', 'h_p_rocAuc', 'h_q_rocAuc']),
    )
  })

  it('measures after batches, when a class is missing, and every few epochs', async () => {
    const seen: Array<TrainingEvent> = []
    const { history } = await fit(classifier(), x, tf.ones([n, 1]), {
      epochs: 4,
      batchSize: 8,
      callbacks: all(
        evaluateEvery({ data: { ones: [x, tf.ones([n, 1])] }, metrics: ['rocAuc'], every: 2 }),
        evaluateEvery({ data: { b: [x, y] }, every: 2, unit: 'batches' }),
        on('Evaluated', (e) => void seen.push(e)),
      ),
    })
    expect(history['ones_rocAuc']).toEqual([NaN, NaN])
    expect(history['b_loss']).toHaveLength(4)
    expect(seen.map((e) => (e._tag === 'Evaluated' ? `${e.name} ${e.step}` : ''))).toEqual([
      'b 2',
      'b 4',
      'b 6',
      'ones 6',
      'b 8',
      'b 10',
      'b 12',
      'ones 12',
    ])
  })

  it('comes back from its spec, and then needs its data by name', async () => {
    const policy = evaluateEvery({ data: { holdout: [x, y] }, metrics: [{ fBeta: { beta: 2 } }] })
    const made = fromSpec(JSON.parse(JSON.stringify(toSpec(policy))))
    if (made._tag === 'Left') throw made.left
    expect(toSpec(made.right)).toEqual(toSpec(policy))
    const model = classifier()
    await expect(fit(model, x, y, { epochs: 1, callbacks: made.right })).rejects.toThrow(
      "there are no data named 'holdout'",
    )
    await expect(fit(model, x, y, { epochs: 1, callbacks: made.right, data: { holdut: [x, y] } })).rejects.toThrow(
      "did you mean 'holdut'?",
    )
    const { history } = await fit(model, x, y, { epochs: 1, callbacks: made.right, data: { holdout: [x, y] } })
    expect(history['holdout_fBeta']).toHaveLength(1)
  })

  it('refuses what it cannot measure, with everything wrong at once', async () => {
    expect(() =>
      evaluateEvery({ data: 'h', metrics: ['rocAuk', { precisionAtRecall: { recall: 2 } }, 'f1', 'f1'] }),
    ).toThrow(
      /metrics\[0\]: unknown measure 'rocAuk' \(did you mean 'rocAuc'\?\).*\n.*metrics\[1\]\.precisionAtRecall\.recall: must be between 0 and 1.*\n.*metrics\[3\]: 'f1' is there twice/,
    )
    expect(() => evaluateEvery({ data: [] })).toThrow('must name some data')
    const model = classifier()
    const shaped = fit(model, x, y, { epochs: 1, callbacks: evaluateEvery({ data: { h: [x, tf.ones([3, 1])] } }) })
    await expect(shaped).rejects.toThrow("data 'h': all must have as many rows, got 23 and 3")
    await expect(
      fit(model, x, y, {
        epochs: 1,
        callbacks: all(evaluateEvery({ data: 'h' }), earlyStopping({ monitor: 'h_los' as 'loss', mode: 'min' })),
        data: { h: [x, y] },
      }),
    ).rejects.toThrow("did you mean 'h_loss'?")
  })

  it('gives NaN for a model that has diverged, takes large batches, and refuses what has no rows of numbers', async () => {
    const model = classifier()
    model.setWeights([tf.fill([2, 1], NaN), tf.zeros([1])])
    const h = await fit(model, x, y, {
      epochs: 1,
      callbacks: evaluateEvery({ data: { h: [x, y] }, metrics: ['rocAuc', 'accuracy', 'logLoss'] }),
    })
    expect([h.history['h_rocAuc'], h.history['h_accuracy'], h.history['h_logLoss']]).toEqual([[NaN], [NaN], [NaN]])
    const [wide, flags] = [tf.zeros([150_000, 2]), tf.zeros([150_000, 1])]
    const big = evaluateEvery({ data: { h: [wide, flags] }, metrics: ['accuracy'], batchSize: 150_000 })
    expect((await fit(classifier(), x, y, { epochs: 1, callbacks: big })).history['h_accuracy']).toHaveLength(1)
    const deep = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [3, 1] })] })
    deep.compile({ loss: 'meanSquaredError', optimizer: 'sgd' })
    const [a, b] = [tf.ones([2, 3, 1]), tf.ones([2, 3, 2])]
    const asked = (h: unknown) =>
      fit(deep, a, b, { epochs: 1, callbacks: evaluateEvery({ data: { h }, metrics: ['accuracy'] }) })
    await expect(asked([a, b])).rejects.toThrow("output 'dense_Dense")
    const rows = tf.data.zip({ xs: tf.data.array([tf.ones([3, 1])]), ys: tf.data.array([tf.ones([3, 2])]) })
    await expect(asked(rows.batch(1))).rejects.toThrow('have shape [1, 3, 2]')
  })

  it('refuses data that the model can’t be measured on before the first batch', async () => {
    const model = classifier(3)
    const before = model.getWeights().map((w) => [...w.dataSync()])
    const classes = tf.oneHot(tf.tensor1d(labels, 'int32'), 3).toFloat()
    const attempts: ReadonlyArray<readonly [unknown, ReadonlyArray<string>, string]> = [
      [[tf.ones([4, 3]), tf.ones([4, 3])], [], "data 'h': input 'dense_Dense"],
      [[tf.ones([4, 3]), tf.ones([4, 3])], [], 'must be of shape [?, 2], got [4, 3]'],
      [[tf.ones([4, 2]), tf.ones([4, 2])], ['f1'], 'got targets of [4, 2]'],
      [[x, tf.ones([3, 3])], [], 'all must have as many rows, got 23 and 3'],
      [[x], [], 'must be [x, y] or a dataset'],
      [[[x, x], classes], [], 'the model takes a tensor, got 2'],
      [7, [], 'must be [x, y] or a dataset'],
    ]
    for (const [h, metrics, message] of attempts) {
      const named = fit(model, x, classes, { callbacks: evaluateEvery({ data: 'h', metrics }), data: { h } as never })
      await expect(named).rejects.toThrow(message)
      const brought = fit(model, x, classes, { callbacks: all(evaluateEvery({ data: { h }, metrics })) })
      await expect(brought).rejects.toThrow(message)
    }
    const missing = all(
      on('EpochEnd', () => undefined),
      evaluateEvery({ data: ['train', 'holdot'] }),
    )
    await expect(
      fit(model, x, classes, { callbacks: missing, data: { train: [x, classes], holdout: [x, classes] } }),
    ).rejects.toThrow("there are no data named 'holdot' (did you mean 'holdout'?)")
    expect(model.getWeights().map((w) => [...w.dataSync()])).toEqual(before)
    // a class's number will do for a target
    await fit(model, x, classes, {
      epochs: 1,
      callbacks: evaluateEvery({ data: { h: [x, tf.tensor2d(labels, [n, 1])] }, metrics: ['f1'] }),
    }).catch((error: unknown) => {
      // tfjs' own loss is what doesn't take it
      expect(String(error)).not.toContain('rxfit/metrics')
    })
  })

  it('writes precision-recall curves, of each class and at each epoch', async () => {
    const folder = join(dir, 'curves')
    const policy = evaluateEvery({ data: ['a', 'b'], prCurves: folder, every: 2, batchSize: 4 })
    const model = classifier()
    await leakFree(() => fit(model, x, y, { epochs: 4, callbacks: policy, data: { a: [x, y], b: [x, y] } }))
    expect(readdirSync(folder)).toEqual(['a', 'b'])
    // a model that has diverged has none
    model.setWeights([tf.fill([2, 1], NaN), tf.zeros([1])])
    const none = evaluateEvery({ data: { a: [x, y] }, prCurves: join(dir, 'none') })
    await fit(model, x, y, { epochs: 1, callbacks: none })
    expect(existsSync(join(dir, 'none'))).toBe(false)
    const logits = linear(tf.train.sgd(0))
    logits.setWeights([tf.fill([1, 1], 5), tf.zeros([1])])
    const { x: a, y: b } = line(6)
    const asked = fit(logits, a, b, { epochs: 1, callbacks: evaluateEvery({ data: { h: [a, b] }, prCurves: folder }) })
    await expect(asked).rejects.toThrow('probabilities must be from 0 to 1')
  })

  it('leaves nothing behind, also where it fails', async () => {
    const model = classifier()
    const policy = evaluateEvery({ data: { h: [x, y] }, metrics: ['rocAuc'], batchSize: 4 })
    await leakFree(() => fit(model, x, y, { epochs: 2, callbacks: policy }))
    const bad = evaluateEvery({ data: { h: [x, x] }, metrics: ['rocAuc'], batchSize: 4 })
    await leakFree(() => fit(model, x, y, { epochs: 2, callbacks: bad }))
  })

  it('works in loops of one’s own', async () => {
    const model = linear()
    const { x: a, y: b } = line(6)
    const ends: Array<TrainingEvent> = []
    const policy = all(
      evaluateEvery({ data: 'h' }),
      earlyStopping({ monitor: 'h_loss', patience: 2, mode: 'min' }),
      on('EpochEnd', (e) => void ends.push(e)),
    )
    await trainWith(policy, { model, epochs: 9, metrics: ['loss'], data: { h: [a, b] } }, async (loop) => {
      for await (const _ of loop.epochs()) await loop.epochEnd({ loss: 1 })
    })
    expect(ends).toHaveLength(3)
    expect(ends[0]?.logs['h_loss']).toBeGreaterThan(0)
    expect(monitor('h_loss').spec.metrics).toEqual(['h_loss'])
  })
})

describeOracles('TensorBoard reads', () => {
  it('precision-recall curves of evaluations', async () => {
    const folder = join(dir, 'pr')
    const [binary, several] = [classifier(), classifier(3)]
    const classes = labels.map((label, i) => (i % 5 === 0 ? 2 : label))
    const hot = tf.oneHot(tf.tensor1d(classes, 'int32'), 3).toFloat()
    const curves = (name: string) => evaluateEvery({ data: name, prCurves: folder })
    await fit(binary, x, y, { epochs: 2, callbacks: curves('two'), data: { two: [x, y] } })
    await fit(several, x, hot, { epochs: 1, callbacks: curves('three'), data: { three: [x, hot] } })
    const runs = readWithTensorBoard(folder)
    const shown = (run: string) =>
      Object.entries(runs[run]?.tags ?? {}).map(([tag, { plugin, points }]) => [tag, plugin, points.map((p) => p.step)])
    expect(shown('two')).toEqual([['pr_curve', 'pr_curves', [0, 1]]])
    expect(shown('three')).toEqual([0, 1, 2].map((i) => [`pr_curve/${i}`, 'pr_curves', [0]]))
    const counts = (run: string, tag: string) => {
      const rows = runs[run]?.tags[tag]?.points.at(-1)?.value as ReadonlyArray<ReadonlyArray<number>>
      return rows.slice(0, 4)
    }
    const scores = [...(several.predict(x) as Tensor).dataSync()]
    for (const index of [0, 1, 2]) {
      const of = (keep: (isOne: boolean, p: number, t: number) => boolean) =>
        Array.from({ length: 201 }, (_, t) =>
          classes.reduce<number>(
            (sum, label, i) =>
              sum + Number(keep(label === index, Math.floor((scores[3 * i + index] as number) * 200), t)),
            0,
          ),
        )
      expect(counts('three', `pr_curve/${index}`)).toEqual([
        of((one, p, t) => one && p >= t),
        of((one, p, t) => !one && p >= t),
        of((one, p, t) => !one && p < t),
        of((one, p, t) => one && p < t),
      ])
    }
  })
})
