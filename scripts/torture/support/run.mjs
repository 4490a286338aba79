// A run under every builtin that decides by what it sees, to be killed and started again. Its only argument is JSON:
// { dir, optimizer, average, saveFreq, kill: { at: 'event' | 'change', n, when } }. It writes what came of it to result.json.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { map, filter } from 'rxjs'
import { kill, killAtChange } from './killer.mjs'

const {
  dir,
  optimizer = 'adam',
  saveFreq = 'epoch',
  kill: end,
  epochs = 4,
  average = 'swapEMAWeights',
} = JSON.parse(process.argv[2])
mkdirSync(dir, { recursive: true })
const { fit, rx, tf } = await import('./rxfit.mjs')

const rates = { adadelta: 0.5 }
const rate = rates[optimizer] ?? 0.05
const optimizers = {
  momentum: () => tf.train.momentum(rate, 0.9),
  nesterov: () => tf.train.momentum(rate, 0.9, true),
  centered: () => tf.train.rmsprop(rate, 0.9, 0.5, undefined, true),
}
const { dense, dropout, batchNormalization } = tf.layers
const layer = (name, units, seed, more) =>
  dense({ name, units, activation: 'tanh', kernelInitializer: tf.initializers.glorotNormal({ seed }), ...more })
const model = tf.sequential({
  layers: [
    layer('first', 6, 1, { inputShape: [2] }),
    batchNormalization(),
    dropout({ rate: 0.2 }),
    layer('last', 1, 2),
  ],
})
model.compile({
  loss: 'meanSquaredError',
  metrics: ['mae'],
  optimizer: (optimizers[optimizer] ?? (() => tf.train[optimizer](rate)))(),
})
const wave = (rows, ...phases) =>
  tf.tensor2d(Array.from({ length: rows }, (_, i) => phases.map((phase) => Math.sin((i + 1) * phase))))
const [x, y] = [wave(26, 1, 3), wave(26, 2)]
const at = (name) => join(dir, name)

/** One at a time may put others in the place of the model's weights. */
const averages = {
  swapEMAWeights: () => rx.swapEMAWeights({ momentum: 0.7, swapOnEpoch: true }),
  weightAveraging: () => rx.weightAveraging({ decay: 0.8 }),
  stochasticWeightAveraging: () => rx.stochasticWeightAveraging({ swaEpochStart: 2 }),
}
const callbacks = [
  rx.earlyStopping({ monitor: 'val_loss', mode: 'max', patience: 3, restoreBestWeights: true }),
  rx.reduceLROnPlateau({ monitor: 'val_loss', patience: 1, factor: 0.5, mode: 'max' }),
  rx.learningRateScheduler((epoch) => rate / (epoch + 1)),
  averages[average](),
  rx.gradientAccumulationScheduler({ scheduling: { 0: 2, 2: 3 } }),
  rx.layerFreezing({ layers: 'first', until: 2 }),
  rx.evaluateEvery({ data: 'holdout', every: 2, unit: 'batches' }),
  rx.gradientNorms({ every: 2 }),
  rx.clipGradients({ global: 0.5 }),
  rx.visualize({ draw: 'learningCurves', folder: at('pictures') }),
  rx.textComparison({ data: 'words', decode: ({ x: words }) => words, every: 2, path: at('texts.md') }),
  rx.progbarLogger({ verbose: 2 }),
  rx.nothingCallback({ batches: false }),
  rx.csvLogger({ filename: at('log.csv') }),
  rx.csvLogger({ filename: at('appended.csv'), append: true, separator: ';' }),
  rx.modelCheckpoint({ filepath: at('best'), monitor: 'loss', saveBestOnly: true }),
  rx.modelCheckpoint({ filepath: at('every/{epoch:02d}'), what: 'checkpoint' }),
  rx.tensorBoard(at('board'), { updateFreq: 2, histogramFreq: 1, writeGraph: true }),
  rx.history(),
  rx.historyRecorder({ path: at('history.json'), batches: true }),
  rx.historyRecorder({ name: 'memory', batches: true }),
  rx.terminateOnNaN(),
  rx.detectOverfitting({ threshold: 1000 }),
  rx.divergence({ monitor: 'loss' }),
  rx.prechelt({ criterion: 'GL', monitor: 'val_loss', alpha: 1e6 }),
  rx.stopAtThreshold({ monitor: 'loss', threshold: 0 }),
  rx.scheduledLRReduction({ epochSchedule: [2], reductionFactor: 0.9 }),
  rx.stepwiseLRReduction({ epochSteps: 3, reductionFactor: 0.9 }),
  rx.timeStopping({ seconds: 1000 }),
  rx.stopAfterSteps({ maxSteps: 1000 }),
  rx.fromOperator('own', (events$) =>
    events$.pipe(
      filter((e) => e._tag === 'BatchEnd'),
      map((e, i) => ({ _tag: 'Remember', name: 'own', epoch: e.epoch, logs: { i }, lr: e.lr })),
    ),
  ),
  rx.backupAndRestore({ dir: at('backup'), saveFreq }),
]

let events = 0
const changes = killAtChange(end?.at === 'change' ? end.n : 0, end?.when)
const result = await fit(model, x, y, {
  ...{ batchSize: 4, epochs, validationSplit: 0.2, shuffle: { seed: 11 }, lint: false },
  data: { holdout: [x, y], words: { x: ['ab', 'cd'], texts: ['ab', 'ce'] } },
  record: at('record.jsonl'),
  callbacks,
  now: () => {
    events += 1
    if (end?.at === 'event' && events === end.n) kill()
    return 0
  },
})

const bits = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex')
const board = readdirSync(at('board'), { recursive: true }).filter((name) => name.includes('tfevents'))
const models = readdirSync(dir, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.bin'))
  .map((entry) => join(entry.parentPath, entry.name).slice(dir.length))
  .sort()
writeFileSync(
  at('result.json'),
  JSON.stringify({
    events,
    changes: changes(),
    weights: model.getWeights().map((weight) => bits(weight.dataSync())),
    epoch: result.epoch,
    history: result.history,
    decisions: result.decisions,
    remembered: result.remembered,
    models,
    board: board.map((name) => readFileSync(join(at('board'), name)).toString('base64')),
    gif: readFileSync(at('pictures/learningCurves.gif')).toString('base64'),
    files: Object.fromEntries(
      ['record.jsonl', 'log.csv', 'appended.csv', 'history.json', 'texts.md'].map((name) => [
        name,
        readFileSync(at(name), 'utf8'),
      ]),
    ),
  }).replaceAll(dir, 'DIR'),
)
