// What ten policies cost a fit: against the bare fit, and against ten hand-written tfjs callbacks that do the same.
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { pipe } from 'fp-ts/lib/function.js'
import * as rx from 'rxfit'
import { fit } from 'rxfit/tfjs'
import { takeTurns } from './measure.mjs'

const folder = mkdtempSync(join(tmpdir(), 'rxfit-bench-'))
const [epochs, batches, batchSize] = [4, 500, 8]
const xs = tf.randomNormal([batches * batchSize, 10], 0, 1, 'float32', 1)
const ys = tf.tidy(() => xs.sum(1, true))

const makeModel = () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 16, inputShape: [10], activation: 'relu' }), tf.layers.dense({ units: 1 })],
  })
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(1e-4), metrics: ['mae'] })
  return model
}
const model = makeModel()
const args = { epochs, batchSize, shuffle: false, verbose: 0 }

const seen = { loss: 0 }
const policies = () =>
  rx.all(
    rx.earlyStopping({ monitor: 'loss', patience: 100, restoreBestWeights: true }),
    rx.reduceLROnPlateau({ monitor: 'loss', patience: 100 }),
    rx.learningRateScheduler((epoch) => 1e-4 * 0.9 ** epoch),
    rx.terminateOnNaN(),
    rx.csvLogger({ filename: join(folder, 'policies.csv') }),
    rx.history(),
    rx.progbarLogger(),
    rx.stopIf((e) => e.logs.mae > 1e6, 'exploded'),
    pipe(rx.whenPlateau('mae', { patience: 50 }), rx.emit(rx.log('mae is flat'))),
    rx.lambda({ onEpochEnd: (_, logs) => (seen.loss = logs.loss) }),
  )

/** The same ten as people write them today. */
const handWritten = () => {
  let [best, wait, bestWeights, lrBest, lrWait] = [Infinity, 0, null, Infinity, 0]
  const rows = []
  let [maeBest, maeWait, began, moved] = [Infinity, 0, 0, 0]
  const file = join(folder, 'hand.csv')
  return [
    {
      onEpochEnd: (_, logs) => {
        if (logs.loss < best) {
          best = logs.loss
          wait = 0
          tf.dispose(bestWeights)
          bestWeights = model.getWeights().map((weight) => weight.clone())
        } else if (++wait >= 100) model.stopTraining = true
      },
      onTrainEnd: () => {
        model.setWeights(bestWeights)
        tf.dispose(bestWeights)
      },
    },
    {
      onEpochEnd: (_, logs) => {
        if (logs.loss < lrBest - 1e-4) [lrBest, lrWait] = [logs.loss, 0]
        else if (++lrWait >= 100) model.optimizer.setLearningRate(model.optimizer.learningRate * 0.1)
      },
    },
    { onEpochBegin: (epoch) => model.optimizer.setLearningRate(1e-4 * 0.9 ** epoch) },
    {
      onBatchEnd: (_, logs) => {
        if (!Number.isFinite(logs.loss)) model.stopTraining = true
      },
    },
    {
      onTrainBegin: () => writeFileSync(file, 'epoch,loss,mae\r\n'),
      onEpochEnd: (epoch, logs) => appendFileSync(file, `${epoch},${logs.loss},${logs.mae}\r\n`),
    },
    { onEpochEnd: (_, logs) => rows.push({ ...logs }) },
    {
      onEpochBegin: () => (began = moved = Date.now()),
      onBatchEnd: (batch, logs) => {
        const now = Date.now()
        if (now - moved < 100) return
        moved = now
        const line = `${batch}/${batches} ETA ${(((now - began) / (batch + 1)) * (batches - batch)) | 0} loss ${logs.loss.toFixed(4)}`
        if (process.stdout.isTTY) process.stdout.write(`\r${line}`)
      },
    },
    {
      onEpochEnd: (_, logs) => {
        if (logs.mae > 1e6) model.stopTraining = true
      },
    },
    {
      onEpochEnd: (_, logs) => {
        if (logs.mae < maeBest) [maeBest, maeWait] = [logs.mae, 0]
        else if (++maeWait >= 50) console.log('mae is flat')
      },
    },
    { onEpochEnd: (_, logs) => (seen.loss = logs.loss) },
  ]
}

const quiet = { Progress: () => async () => ({ _tag: 'Right', right: [] }) }

const overhead = async ({ rounds }) => {
  const { seconds, ratio } = await takeTurns(
    {
      bare: () => model.fit(xs, ys, args),
      policies: () => fit(model, xs, ys, { ...args, callbacks: policies(), handlers: quiet }),
      handWritten: () => model.fit(xs, ys, { ...args, callbacks: handWritten() }),
    },
    { rounds },
  )
  rmSync(folder, { recursive: true, force: true })
  const perBatch = (name) => (seconds[name] * 1e6) / (epochs * batches)
  return {
    microsecondsPerBatch: {
      bare: perBatch('bare'),
      policies: perBatch('policies'),
      handWritten: perBatch('handWritten'),
    },
    policiesToBare: ratio('policies', 'bare'),
    policiesToHandWritten: ratio('policies', 'handWritten'),
  }
}
const rounds = Number(process.argv[2] ?? 11)
console.log(JSON.stringify(await overhead({ rounds })))
