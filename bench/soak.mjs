// A long run under everything there is: does anything pile up? node --expose-gc bench/soak.mjs [epochs] [batches]
// By default 10,000 epochs of 100 batches. Writes what it saw to bench/soak.json, and fails where memory wasn't flat.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as rx from 'rxfit'
import { fit } from 'rxfit/tfjs'
import { tf } from '../examples/support/tensorflow.mjs'

const [epochs = 10_000, batches = 100] = process.argv.slice(2).map(Number)
if (!globalThis.gc) throw new Error('run it as node --expose-gc bench/soak.mjs')

const folder = mkdtempSync(join(tmpdir(), 'rxfit-soak-'))
const at = (name) => join(folder, name)
let posts = 0
const server = createServer((request, answer) => {
  posts += 1
  request.resume()
  answer.end('ok')
})
await new Promise((done) => server.listen(0, '127.0.0.1', done))

// a line and noise that never ends: nothing converges, nothing stops
const x = tf.randomNormal([batches * 2, 2], 0, 1, 'float32', 1)
const y = tf.tidy(() => x.sum(1, true).add(tf.randomNormal([batches * 2, 1], 0, 1, 'float32', 2)))
const holdout = [tf.randomNormal([4, 2], 0, 1, 'float32', 3), tf.zeros([4, 1])]

const make = () => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ name: 'first', units: 2, inputShape: [2] }),
      tf.layers.dense({ name: 'second', units: 1 }),
    ],
  })
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(1e-4) })
  return model
}

/** Every named callback, set so that it works all the time and ends nothing. */
const callbacks = (every) =>
  rx.all(
    rx.enrich(rx.baseLogger())(rx.nothingCallback({ batches: false })),
    rx.earlyStopping({ monitor: 'loss', patience: epochs, restoreBestWeights: true }),
    rx.reduceLROnPlateau({ monitor: 'loss', patience: every, minLr: 1e-6 }),
    rx.learningRateScheduler((epoch) => 1e-4 * (1 + 0.5 * Math.sin(epoch / every))),
    rx.stepwiseLRReduction({ epochSteps: 5 * every, reductionFactor: 0.9 }),
    rx.terminateOnNaN(),
    rx.detectOverfitting({ threshold: 1e6, patience: 10 }),
    rx.divergence({ monitor: 'loss', divergenceThreshold: 1e9 }),
    rx.prechelt({ criterion: 'GL', alpha: 1e9 }),
    rx.stopAtThreshold({ monitor: 'loss', threshold: 0, mode: 'min' }),
    rx.stopAfterSteps({ maxSteps: 1e9 }),
    rx.scheduledLRReduction({ epochSchedule: [every], reductionFactor: 0.9 }),
    rx.timeStopping({ seconds: 1e9 }),
    rx.modelCheckpoint({ filepath: at('best'), monitor: 'loss', saveBestOnly: true, what: 'checkpoint' }),
    rx.swapEMAWeights({ swapOnEpoch: true }),
    rx.gradientAccumulationScheduler({ scheduling: { 0: 2, [every]: 4 } }),
    rx.layerFreezing({ layers: ['first'], until: every }),
    rx.evaluateEvery({ data: 'holdout', every: 50 }),
    rx.csvLogger({ filename: at('log.csv') }),
    rx.tensorBoard(at('board'), { updateFreq: 'epoch', histogramFreq: every }),
    rx.history(),
    rx.historyRecorder({ path: at('history.csv') }),
    rx.progbarLogger(),
    rx.remoteMonitor({ root: `http://127.0.0.1:${server.address().port}` }),
  )

const megabytes = (bytes) => Math.round((bytes / 2 ** 20) * 100) / 100
const levels = []
const every = Math.max(1, Math.floor(epochs / 20))
const watch = rx.on('EpochEnd', (event) => {
  if ((event.epoch + 1) % every !== 0) return rx.none
  return rx.run('measure', () => {
    globalThis.gc()
    const { heapUsed, rss, arrayBuffers } = process.memoryUsage()
    const { numTensors, numDataBuffers } = tf.memory()
    const level = {
      epoch: event.epoch + 1,
      heapMB: megabytes(heapUsed),
      buffersMB: megabytes(arrayBuffers),
      rssMB: megabytes(rss),
      tensors: numTensors,
      dataBuffers: numDataBuffers,
    }
    levels.push(level)
    process.stderr.write(`${JSON.stringify(level)}\n`)
  })
})

const hush = console.log
console.log = () => {}
const model = make()
const train = (n) =>
  fit(model, x, y, {
    epochs: n,
    batchSize: 2,
    shuffle: false,
    yieldEvery: 'never',
    validationData: holdout,
    data: { holdout },
    record: at('record.jsonl'),
    callbacks: [callbacks(every), watch],
    lint: false,
  })
await train(2) // makes the optimizer's slots
levels.length = 0
const before = tf.memory().numTensors
const began = performance.now()
const done = { result: await train(epochs) }
const seconds = Math.round((performance.now() - began) / 1000)
const after = tf.memory().numTensors
console.log = hush

const trained = done.result.epoch.length
const decided = done.result.decisions.length
// what a run gives back grows with it: history, decisions. Everything else must not
const heap = async () => {
  // what has just been awaited is held a turn longer
  await new Promise((resolve) => setTimeout(resolve, 10))
  globalThis.gc()
  return process.memoryUsage().heapUsed
}
const held = await heap()
delete done.result
model.history = model.model.history = undefined
const left = await heap()
const warm = levels[Math.ceil(levels.length / 10)] ?? levels[0]
const kept = (held - left) * (1 - warm.epoch / epochs)
const growth = levels.at(-1).heapMB - warm.heapMB - megabytes(kept)
const heapGrowth = growth / warm.heapMB
const during = new Set(levels.slice(1).map(({ tensors }) => tensors))
const report = {
  node: process.version,
  backend: tf.getBackend(),
  epochs: trained,
  batches: trained * batches,
  seconds,
  posts,
  recordMB: megabytes(statSync(at('record.jsonl')).size),
  decisions: decided,
  tensorsBefore: before,
  tensorsAfter: after,
  /** history and decisions, which the fit gives back */
  resultBytesAnEpoch: Math.round((held - left) / trained),
  /** of all else, after warm-up */
  heapGrowth: Math.round(heapGrowth * 1000) / 1000,
  levels,
}
server.close()
rmSync(folder, { recursive: true, force: true })
const problems = [
  ...(trained < epochs ? [`only ${trained} of ${epochs} epochs were trained`] : []),
  ...(after === before ? [] : [`${after - before} tensors were left behind`]),
  ...(during.size > 1 ? [`the number of tensors changed on the way: ${[...during].join(', ')}`] : []),
  ...(heapGrowth > 0.1 ? [`the heap grew by ${Math.round(heapGrowth * 100)} % after warm-up`] : []),
]
console.log(JSON.stringify(report, null, 2))
if (epochs >= 10_000) writeFileSync(new URL('soak.json', import.meta.url), `${JSON.stringify(report, null, 2)}\n`)
for (const problem of problems) console.error(`soak: ${problem}`)
process.exitCode = problems.length > 0 ? 1 : 0
