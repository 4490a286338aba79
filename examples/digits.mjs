// Trains a digit classifier under nine policies, writes everything down, and replays the record: `npm run demo`.
import { rmSync } from 'node:fs'
import {
  all,
  cosine,
  csvLogger,
  earlyStopping,
  explain,
  lambda,
  modelCheckpoint,
  progbarLogger,
  reduceLROnPlateau,
  scheduleLR,
  stopIf,
  terminateOnNaN,
  warmup,
} from 'rxfit'
import { readLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { fit } from 'rxfit/tfjs'
import { digits } from './support/digits.mjs'
import { tf } from './support/tensorflow.mjs'

const epochs = 30
const folder = 'runs/digits'
rmSync(folder, { recursive: true, force: true })

console.log(
  `backend: ${tf.getBackend()} (${tf.getBackend() === 'tensorflow' ? 'native' : 'plain JavaScript; npm run native builds the native one'})\n`,
)

const slowest = { epoch: 0, ms: 0 }
let began = 0
const callbacks = all(
  earlyStopping({ monitor: 'val_loss', patience: 5, minDelta: 1e-3, restoreBestWeights: true }),
  scheduleLR(warmup({ steps: 3, from: 0.002 })(cosine({ initial: 0.01, steps: epochs - 3, alpha: 0.05 }))),
  reduceLROnPlateau({ monitor: 'val_loss', patience: 2, factor: 0.5, minDelta: 1e-3, minLr: 1e-5 }),
  modelCheckpoint({ filepath: `${folder}/best`, monitor: 'val_acc', saveBestOnly: true }),
  terminateOnNaN(),
  csvLogger({ filename: `${folder}/log.csv` }),
  progbarLogger(),
  stopIf((e) => e.logs.val_loss / e.logs.loss > 20, 'overfitting'),
  lambda({
    onEpochBegin: () => (began = performance.now()),
    onEpochEnd: (epoch) => {
      const ms = performance.now() - began
      if (ms > slowest.ms) Object.assign(slowest, { epoch, ms })
    },
  }),
)
console.log(`${explain(callbacks)}\n`)

const train = digits(tf, 0, 240)
const test = digits(tf, 240, 60)
const seed = (n) => tf.initializers.glorotUniform({ seed: n })
const model = tf.sequential({
  layers: [
    tf.layers.dense({ inputShape: [784], units: 32, activation: 'relu', kernelInitializer: seed(1) }),
    tf.layers.dense({ units: 10, activation: 'softmax', kernelInitializer: seed(2) }),
  ],
})
model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] })

const before = tf.memory().numTensors
const result = await fit(model, train.images, train.labels, {
  epochs,
  batchSize: 64,
  validationData: [test.images, test.labels],
  callbacks,
  record: `${folder}/run.jsonl`,
})

const text = (fields) =>
  Object.entries(fields)
    .map(
      ([name, value]) =>
        `${name} ${typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(4) : value}`,
    )
    .join(', ')
const show = ({ epoch, by, command: { _tag, ...what }, why, validity }) =>
  `epoch ${String(epoch + 1).padStart(2)}  ${by}: ${_tag} (${text(what)})${text(why) && `, because ${text(why)}`} [${validity}]`
console.log(`\ndecisions:\n${result.decisions.map(show).join('\n')}`)

const losses = result.history.val_loss
const [, accuracy] = await Promise.all(model.evaluate(test.images, test.labels).map((value) => value.data()))
console.log(
  `\n${result.epoch.length} of ${epochs} epochs; validation loss ${Math.min(...losses).toFixed(4)} at best, ${losses.at(-1).toFixed(4)} at the end;`,
)
console.log(`accuracy of the model as it is now, best weights restored: ${accuracy[0].toFixed(4)}`)
console.log(
  `slowest epoch: ${slowest.epoch + 1}; tensors left behind by training: ${tf.memory().numTensors - before - 10}`,
)
console.log(`record: ${folder}/run.jsonl, table: ${folder}/log.csv, best model: ${folder}/best`)

const again = replay(callbacks, await readLog(`${folder}/run.jsonl`))
const same = JSON.stringify(again.decisions) === JSON.stringify(result.decisions)
console.log(
  `\nreplayed from the record: ${again.decisions.length} decisions, ${same ? 'the same, one by one' : 'NOT THE SAME'}; verdict ${again.outcome.verdict}`,
)
process.exitCode = same ? 0 : 1
