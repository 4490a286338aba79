// What each look inside training costs a fit of a small model: each probe alone, against the bare fit.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import * as rx from 'rxfit'
import { fit } from 'rxfit/tfjs'
import { processorSeconds, takeTurns } from './measure.mjs'

const folder = mkdtempSync(join(tmpdir(), 'rxfit-bench-'))
const [epochs, batches, batchSize] = [2, 100, 32]
const rows = batches * batchSize
const [xs, ys] = tf.tidy(() => {
  const features = tf.randomNormal([rows, 64], 0, 1, 'float32', 1)
  return [features, features.sum(1, true).greater(0).toFloat()]
})
const holdout = [xs.slice(0, rows / 10), ys.slice(0, rows / 10)]
const model = tf.sequential({
  layers: [
    tf.layers.dense({ units: 64, inputShape: [64], activation: 'relu' }),
    tf.layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
})
model.compile({ loss: 'binaryCrossentropy', optimizer: tf.train.sgd(1e-4) })
const args = { epochs, batchSize, shuffle: false, verbose: 0 }

const under = (callbacks) => () => fit(model, xs, ys, { ...args, callbacks: callbacks(), data: { holdout } })
const probes = {
  'gradientNorms at each step': () => rx.gradientNorms(),
  'gradientNorms at each tenth step': () => rx.gradientNorms({ every: 10 }),
  'clipGradients, global': () => rx.clipGradients({ global: 1 }),
  'clipGradients, value': () => rx.clipGradients({ value: 1 }),
  'tensorBoard, scalars': () => rx.tensorBoard(folder, { writeGraph: false }),
  'tensorBoard, histograms of weights and gradients at each epoch': () =>
    rx.tensorBoard(folder, { histogramFreq: 1, writeGrads: true, writeGraph: false }),
  'evaluateEvery on a tenth of the data, with ROC AUC': () =>
    rx.evaluateEvery({ data: 'holdout', metrics: ['rocAuc'], batchSize: 320 }),
}

const { seconds, ratio } = await takeTurns(
  {
    bare: () => model.fit(xs, ys, args),
    ...Object.fromEntries(Object.entries(probes).map(([name, make]) => [name, under(make)])),
  },
  { rounds: Number(process.argv[2] ?? 15), clock: processorSeconds },
)
rmSync(folder, { recursive: true, force: true })
console.log(
  JSON.stringify({
    microsecondsPerBatch: (seconds.bare * 1e6) / (epochs * batches),
    probeToBare: Object.fromEntries(Object.keys(probes).map((name) => [name, ratio(name, 'bare')])),
  }),
)
