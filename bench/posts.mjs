// What a monitor that misbehaves costs a fit: it never answers, resets, answers 500, or floods. The processor's time for the epochs, as a
// ratio to those of a fit without a monitor; the wait at the end of a fit (`http.drain`) is another matter.
import { fork } from 'node:child_process'
import * as tf from '@tensorflow/tfjs'
import * as rx from 'rxfit'
import { fit } from 'rxfit/tfjs'
import { takeTurns } from './measure.mjs'

// in a process of its own: what it does must not count as ours
const server = fork(new URL('support/monitors.mjs', import.meta.url))
const port = await new Promise((resolve) => server.once('message', resolve))

const [epochs, batches, batchSize] = [20, 50, 8]
const xs = tf.randomNormal([batches * batchSize, 10], 0, 1, 'float32', 1)
const ys = tf.tidy(() => xs.sum(1, true))
const model = tf.sequential({
  layers: [tf.layers.dense({ units: 16, inputShape: [10], activation: 'relu' }), tf.layers.dense({ units: 1 })],
})
model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(1e-4) })

const spent = {}
const train = (name) => async () => {
  let ended
  const now = () => {
    const { user, system } = process.cpuUsage()
    return user + system
  }
  const clock = rx.on('EpochEnd', () => void (ended = now()))
  const monitor = name === 'none' ? rx.idle : rx.remoteMonitor({ root: `http://127.0.0.1:${port}/${name}` })
  const began = now()
  await fit(model, xs, ys, {
    epochs,
    batchSize,
    shuffle: false,
    lint: false,
    http: { timeout: 200, backoff: 10, drain: 0 },
    callbacks: [monitor, clock],
  })
  ;(spent[name] ??= []).push(ended - began)
}

const names = ['none', 'hang', 'reset', 'error', 'flood']
const rounds = Number(process.argv[2] ?? 15)
// nothing but the last line is for whoever reads this
const [log, warn] = [console.log, console.warn]
console.log = console.warn = () => {}
await takeTurns(Object.fromEntries(names.map((name) => [name, train(name)])), { rounds, warmup: 2 })
Object.assign(console, { log, warn })
server.kill()

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]
const of = (name) => spent[name].slice(-rounds)
const ratios = Object.fromEntries(
  names
    .slice(1)
    .map((name) => [name, Math.round(1000 * median(of(name).map((time, i) => time / of('none')[i]))) / 1000]),
)
console.log(JSON.stringify({ worst: Math.max(...Object.values(ratios)), ...ratios }))
process.exit()
