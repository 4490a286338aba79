// Looks inside the training of a digit classifier with everything there is, and reads the event files back: `npm run inside`.
// `tensorboard --logdir runs` shows them.
import { existsSync, rmSync } from 'node:fs'
import {
  all,
  clipGradients,
  earlyStopping,
  evaluateEvery,
  explain,
  gradientNorms,
  syncDirectory,
  tensorBoard,
  textComparison,
  visualize,
} from 'rxfit'
import { readEvents } from 'rxfit/logs'
import { fit } from 'rxfit/tfjs'
import { digits } from './support/digits.mjs'
import { tf } from './support/tensorflow.mjs'

const folder = 'runs/inside'
rmSync(folder, { recursive: true, force: true })
console.log(`backend: ${tf.getBackend()}\n`)

/** What the model reads in an image, spelled out: a text as good as any to compare. */
const names = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const spell = async ({ model, x }) => {
  const classes = tf.tidy(() => model.predict(x).argMax(1))
  try {
    return Array.from(await classes.data(), (digit) => names[digit])
  } finally {
    classes.dispose()
  }
}

const copy = 'runs/inside-copy'
rmSync(copy, { recursive: true, force: true })
const copying = `require('node:fs').cpSync(process.argv[1], process.argv[2], { recursive: true })`

const callbacks = all(
  gradientNorms({ every: 2 }),
  clipGradients({ global: 1 }),
  gradientNorms({ name: 'clipped_norm', per: 'global', clipped: true }),
  evaluateEvery({
    data: ['train-eval', 'holdout'],
    metrics: ['prAuc', { precisionAtRecall: { recall: 0.95, as: 'p95' } }, 'calibrationError'],
    prCurves: folder,
    batchSize: 200,
  }),
  visualize({ data: 'holdout', draw: { imageGrid: { shape: [28, 28] } }, every: 4, logDir: folder }),
  visualize({ data: 'holdout', draw: 'confusionMatrix', folder: `${folder}/pictures`, logDir: folder }),
  visualize({ draw: 'learningCurves', folder: `${folder}/pictures` }),
  textComparison({ data: 'words', decode: spell, every: 4, logDir: folder }),
  earlyStopping({ monitor: 'holdout_prAuc', mode: 'max', patience: 3, minDelta: 1e-3, restoreBestWeights: true }),
  tensorBoard(folder, {
    histogramFreq: 2,
    writeGrads: true,
    writeImages: true,
    writeStepsPerSecond: true,
    updateFreq: 'batch',
    profileBatch: [3, 4],
    hparams: { optimizer: 'adam', rate: 0.005, clip: 1 },
  }),
  syncDirectory(folder, { command: [process.execPath, '--eval', copying, '{path}', copy], every: '1 minute' }),
)
console.log(`${explain(callbacks)}\n`)

const train = digits(tf, 0, 120)
const valid = digits(tf, 240, 30)
const holdout = digits(tf, 300, 30)
const truth = Array.from({ length: 300 }, (_, i) => names[i % 10])
const seed = (n) => tf.initializers.glorotUniform({ seed: n })
const model = tf.sequential({
  layers: [
    tf.layers.dense({ name: 'hidden', inputShape: [784], units: 32, activation: 'relu', kernelInitializer: seed(1) }),
    tf.layers.dense({ name: 'digits', units: 10, activation: 'softmax', kernelInitializer: seed(2) }),
  ],
})
model.compile({ optimizer: tf.train.adam(0.005), loss: 'categoricalCrossentropy', metrics: ['accuracy'] })

const run = () =>
  fit(model, train.images, train.labels, {
    epochs: 12,
    batchSize: 64,
    validationData: [valid.images, valid.labels],
    data: {
      'train-eval': [train.images, train.labels],
      holdout: [holdout.images, holdout.labels],
      words: { x: holdout.images, texts: truth },
    },
    callbacks,
  })
// the optimizer makes its own tensors at its first step, and keeps them
const [x, y] = [train.images.slice(0, 64), train.labels.slice(0, 64)]
await model.trainOnBatch(x, y)
tf.dispose([x, y])
const before = tf.memory().numTensors
const { history, epoch, decisions } = await run()
const left = tf.memory().numTensors - before

const table = [
  'loss',
  'gradient_norm',
  'gradient_norm/hidden',
  'clipped_norm',
  'train-eval_prAuc',
  'holdout_prAuc',
  'holdout_p95',
]
console.log(['epoch', ...table].join('  '))
for (const [i, number] of epoch.entries())
  console.log(
    [String(number + 1).padStart(5), ...table.map((name) => history[name][i].toFixed(4).padStart(name.length))].join(
      '  ',
    ),
  )
for (const { command, by, why } of decisions) console.log(`${by}: ${command._tag} ${JSON.stringify(why)}`)

const { series, notes } = readEvents(folder)
const runs = new Map()
for (const { run, steps } of series) runs.set(run, (runs.get(run) ?? 0) + steps.length)
console.log(`\nwritten: ${[...runs].map(([name, points]) => `${points} scalars in ${name}`).join(', ')}`)
console.log(notes.map((note) => note.replace('left out, being no scalars', 'and besides')).join('\n'))
console.log(`\ntensors left behind by training: ${left}`)

const kinds = ['histograms', 'images', 'pr_curves', 'text', 'hparams', 'graph_keras_model']
const lacking = kinds.filter((kind) => !notes.some((note) => note.includes(kind)))
if (lacking.length > 0) console.error(`not written: ${lacking.join(', ')}`)
const files = [
  `${folder}/pictures/holdout-confusionMatrix.gif`,
  `${folder}/pictures/learningCurves.gif`,
  `${copy}/pictures`,
]
const missing = files.filter((file) => !existsSync(file))
if (missing.length > 0) console.error(`not there: ${missing.join(', ')}`)
process.exitCode = left === 0 && lacking.length === 0 && missing.length === 0 ? 0 : 1
