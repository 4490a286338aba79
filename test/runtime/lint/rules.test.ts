import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import * as rx from 'rxfit'
import { rules } from '../../../src/runtime/lint/rules/index.js'

type Callbacks = Parameters<typeof rx.lint>[0]

/** Callbacks, what is known of the run, and the paths at which the rule speaks. */
type Case = readonly [name: string, callbacks: Callbacks, context: rx.LintContext, paths?: ReadonlyArray<string>]

const es = (options: object = {}) => ({ earlyStopping: options })
const cut = (options: object = {}) => ({ reduceLROnPlateau: options })
const save = (options: object = {}) => ({ modelCheckpoint: { filepath: 'm-{epoch}', ...options } })
const none: rx.LintContext = {}
const stopOn = (trigger: rx.Trigger) => rx.emit(rx.stopTraining())(trigger)
const halveOn = (trigger: rx.Trigger) => rx.emit(rx.reduceLR(0.5))(trigger)
const plateau = (patience: number, options: object = {}) => rx.whenPlateau('val_loss', { patience, ...options })
const smooth = (decay: number) => rx.ema(decay)(rx.monitor('val_loss'))
const function_ = () => rx.snapshotWeights()

const fires: Readonly<Record<string, ReadonlyArray<Case>>> = {
  'stops-before-cut': [
    ['patience below', [es({ patience: 3 }), cut({ patience: 5 })], none, ['[1].reduceLROnPlateau']],
    ['the same patience', [es({ patience: 5 }), cut({ patience: 5 })], none, ['[1].reduceLROnPlateau']],
    ['either order', [cut({ patience: 5 }), es({ patience: 5 })], none, ['[0].reduceLROnPlateau']],
    ['Keras defaults: 0 and 10', [es(), cut()], none, ['[1].reduceLROnPlateau']],
    ['0 counts as 1', [es({ patience: 1 }), cut({ patience: 0 })], none, ['[1].reduceLROnPlateau']],
    [
      'torch cuts one epoch later',
      [es({ patience: 6 }), cut({ patience: 5, dialect: 'torch' })],
      none,
      ['[1].reduceLROnPlateau'],
    ],
    ['lightning', [es({ patience: 5, dialect: 'lightning' }), cut({ patience: 5 })], none, ['[1].reduceLROnPlateau']],
    [
      'optax judges every second value',
      [es({ patience: 6 }), cut({ patience: 3, accumulationSize: 2, dialect: 'optax' })],
      none,
      ['[1].reduceLROnPlateau'],
    ],
    [
      'acc is accuracy',
      [es({ monitor: 'val_acc', patience: 2 }), cut({ monitor: 'val_accuracy', patience: 2 })],
      none,
      ['[1].reduceLROnPlateau'],
    ],
    [
      'a late start that still comes first',
      [es({ patience: 2, startFromEpoch: 3 }), cut({ patience: 5 })],
      none,
      ['[1].reduceLROnPlateau'],
    ],
    ['pipelines', rx.all(stopOn(plateau(5)), halveOn(plateau(5))), none, ['[1].emit']],
    [
      'a pipeline and a callback',
      rx.all(stopOn(plateau(4)), rx.reduceLROnPlateau({ patience: 4 })),
      none,
      ['[1].reduceLROnPlateau'],
    ],
    ['a callback and a pipeline', rx.all(rx.earlyStopping({ patience: 4 }), halveOn(plateau(4))), none, ['[1].emit']],
    [
      'of one smooth signal',
      rx.all(
        stopOn(rx.whenPlateau(smooth(0.9), { patience: 3 })),
        halveOn(rx.whenPlateau(smooth(0.9), { patience: 3 })),
      ),
      none,
      ['[1].emit'],
    ],
    [
      'a muted cut comes no sooner',
      rx.all(stopOn(plateau(5)), pipe(plateau(5), rx.cooldown(3), halveOn)),
      none,
      ['[1].emit'],
    ],
    [
      'nor does one with a condition',
      rx.all(stopOn(plateau(5)), halveOn(rx.and(plateau(5), rx.after(2)))),
      none,
      ['[1].emit'],
    ],
    [
      'a muted stop comes no later',
      rx.all(pipe(plateau(5), rx.atMost(1), stopOn), halveOn(plateau(5))),
      none,
      ['[1].emit'],
    ],
    [
      'within all, named and enrich',
      rx.all(
        rx.all(rx.named('quick')(rx.earlyStopping({ patience: 2 }))),
        rx.enrich(rx.derive('gap', (logs) => logs.loss))(rx.reduceLROnPlateau({ patience: 2 })),
      ),
      none,
      ['[1].enrich.children[1].reduceLROnPlateau'],
    ],
    [
      'an enricher’s metric',
      rx.enrich(rx.derive('gap', (logs) => logs.loss))(
        rx.all(
          rx.earlyStopping({ monitor: 'gap', mode: 'min' }),
          rx.reduceLROnPlateau({ monitor: 'gap', mode: 'min' }),
        ),
      ),
      none,
      ['enrich.children[1].all.children[1].reduceLROnPlateau'],
    ],
  ],
  'different-deltas': [
    ['Keras’ defaults', [es({ patience: 20 }), cut()], none, ['[1].reduceLROnPlateau']],
    ['the other way round', [es({ minDelta: 0.1 }), cut({ minDelta: 0 })], none, ['[1].reduceLROnPlateau']],
    ['torch’s fraction', [es(), cut({ dialect: 'torch' })], none, ['[1].reduceLROnPlateau']],
    ['pipelines', rx.all(stopOn(plateau(9, { minDelta: 0.1 })), halveOn(plateau(3))), none, ['[1].emit']],
  ],
  'never-first': [
    ['the longer patience', [es({ patience: 3 }), es({ patience: 5 })], none, ['[1].earlyStopping']],
    ['whichever stands first', [es({ patience: 5 }), es({ patience: 3 })], none, ['[0].earlyStopping']],
    ['0 and 1 are the same', [es({ patience: 1 }), es({ patience: 0 })], none, ['[1].earlyStopping']],
    ['a delta above none', [es({ patience: 5, minDelta: 0.1 }), es({ patience: 5 })], none, ['[1].earlyStopping']],
    ['a later start', [es({ patience: 3 }), es({ patience: 3, startFromEpoch: 5 })], none, ['[1].earlyStopping']],
    ['pipelines', rx.all(stopOn(plateau(3)), rx.earlyStopping({ patience: 4 })), none, ['[1].earlyStopping']],
    [
      'the same dialect',
      [es({ patience: 3, dialect: 'hf' }), es({ patience: 5, dialect: 'hf' })],
      none,
      ['[1].earlyStopping'],
    ],
  ],
  'never-fires': [
    ['patience of as many epochs', [es({ patience: 10 })], { epochs: 10 }, ['[0].earlyStopping']],
    ['patience beyond', [es({ patience: 50 })], { epochs: 10 }, ['[0].earlyStopping']],
    ['a plateau', [cut({ patience: 10 })], { epochs: 10 }, ['[0].reduceLROnPlateau']],
    ['torch, one epoch later', [cut({ patience: 9, dialect: 'torch' })], { epochs: 10 }, ['[0].reduceLROnPlateau']],
    ['a start beyond', [es({ startFromEpoch: 10 })], { epochs: 10 }, ['[0].earlyStopping']],
    ['a late start and patience', [es({ startFromEpoch: 6, patience: 4 })], { epochs: 10 }, ['[0].earlyStopping']],
    ['a pipeline', stopOn(plateau(10)), { epochs: 10 }, ['emit']],
    ['a stop at a later epoch', stopOn(rx.onceAt(11)), { epochs: 10 }, ['emit']],
    ['every so many more', rx.emit(rx.log('x'))(rx.everyN(11)), { epochs: 10 }, ['emit']],
    ['after', rx.emit(rx.log('x'))(rx.after(11)), { epochs: 10 }, ['emit']],
    ['between', rx.emit(rx.log('x'))(rx.between(11, 20)), { epochs: 10 }, ['emit']],
    [
      'a condition that comes too late',
      rx.emit(rx.log('x'))(rx.and(rx.whenAbove('loss', 1), rx.after(11))),
      { epochs: 10 },
      ['emit'],
    ],
    [
      'what begins with an epoch',
      [
        { layerFreezing: { layers: '*', until: 10 } },
        { scheduledLRReduction: { epochSchedule: [20, 10], reductionFactor: 0.5 } },
        { stepwiseLRReduction: { epochSteps: 10, reductionFactor: 0.5 } },
        { gradientAccumulationScheduler: { scheduling: { 0: 1, 10: 4 } } },
        { evaluateEvery: { data: 'h', every: 11 } },
      ],
      { epochs: 10 },
      [
        ...['[0].layerFreezing', '[1].scheduledLRReduction', '[2].stepwiseLRReduction'],
        ...['[3].gradientAccumulationScheduler', '[4].evaluateEvery'],
      ],
    ],
    [
      'what comes every so many, in a resumed run',
      [{ stepwiseLRReduction: { epochSteps: 8, reductionFactor: 0.5 } }, { evaluateEvery: { data: 'h', every: 6 } }],
      { initialEpoch: 9, epochs: 11 },
      ['[0].stepwiseLRReduction', '[1].evaluateEvery'],
    ],
    [
      'an evaluation of many batches',
      [{ evaluateEvery: { data: 'h', every: 101, unit: 'batches' } }],
      { epochs: 10, steps: 10 },
      ['[0].evaluateEvery'],
    ],
    [
      'an epoch behind a stop',
      rx.all(stopOn(rx.onceAt(5)), rx.layerFreezing({ layers: '*', until: 5 })),
      none,
      ['[1].layerFreezing'],
    ],
    ['steps', [{ stopAfterSteps: { maxSteps: 101 } }], { epochs: 10, steps: 10 }, ['[0].stopAfterSteps']],
    [
      'behind a stop after steps',
      [{ stopAfterSteps: { maxSteps: 50 } }, es({ patience: 5 })],
      { steps: 10 },
      ['[1].earlyStopping'],
    ],
    ['batches', rx.emit(rx.log('x'))(rx.everyN(101, 'batches')), { epochs: 10, steps: 10 }, ['emit']],
    ['behind a stop', rx.all(stopOn(rx.onceAt(5)), stopOn(rx.onceAt(6))), none, ['[1].emit']],
    [
      'behind a stop, patience',
      rx.all(stopOn(rx.everyN(5)), rx.earlyStopping({ patience: 5 })),
      none,
      ['[1].earlyStopping'],
    ],
    [
      'behind a stop in batches',
      rx.all(stopOn(rx.after(50, 'batches')), rx.earlyStopping({ patience: 5 })),
      { steps: 10 },
      ['[1].earlyStopping'],
    ],
    [
      'behind a stop at either',
      rx.all(stopOn(rx.or(rx.onceAt(5), rx.whenNaN())), rx.earlyStopping({ patience: 7 })),
      none,
      ['[1].earlyStopping'],
    ],
    ['a checkpoint of many batches', [save({ saveFreq: 101 })], { epochs: 10, steps: 10 }, ['[0].modelCheckpoint']],
    ['lightning’s epochs', [save({ everyNEpochs: 11, dialect: 'lightning' })], { epochs: 10 }, ['[0].modelCheckpoint']],
    ['conditions that exclude each other', rx.emit(rx.log('x'))(rx.and(rx.after(10), rx.before(10))), none, ['emit']],
    ['and those with a count', rx.emit(rx.log('x'))(rx.and(rx.everyN(10), rx.before(5))), none, ['emit']],
  ],
  'unreachable-warmup': [
    ['of as many epochs', rx.scheduleLR(rx.warmup({ steps: 10 })(rx.constant(1))), { epochs: 10 }, ['scheduleLR']],
    [
      'batches',
      rx.scheduleLR(rx.warmup({ steps: 100 })(rx.constant(1)), { per: 'batch' }),
      { epochs: 10, steps: 10 },
      ['scheduleLR'],
    ],
    [
      'of a cosine',
      rx.learningRateScheduler(rx.cosine({ initial: 0, steps: 99, warmupTarget: 1, warmupSteps: 20 })),
      { epochs: 10 },
      ['learningRateScheduler'],
    ],
    ['scaled', rx.scheduleLR(rx.scale(2)(rx.warmup({ steps: 10 })(rx.constant(1)))), { epochs: 9 }, ['scheduleLR']],
  ],
  'min-lr-above-rate': [
    ['above', [cut({ minLr: 0.1 })], { learningRate: 0.01 }, ['[0].reduceLROnPlateau']],
    ['equal', [cut({ minLr: 0.01 })], { learningRate: 0.01 }, ['[0].reduceLROnPlateau']],
    ['a pipeline', rx.emit(rx.reduceLR(0.5, { min: 1 }))(plateau(3)), { learningRate: 0.5 }, ['emit']],
  ],
  'val-metric-at-batch': [
    ['a checkpoint’s default metric', [save({ saveFreq: 100, saveBestOnly: true })], none, ['[0].modelCheckpoint']],
    ['another', [save({ saveFreq: 100, saveBestOnly: true, monitor: 'val_acc' })], none, ['[0].modelCheckpoint']],
    [
      'one that is skipped',
      [save({ saveFreq: 100, saveBestOnly: true, onMissing: 'skip' })],
      none,
      ['[0].modelCheckpoint'],
    ],
    [
      'what an evaluation between batches finds is of the epoch’s logs',
      [{ evaluateEvery: { data: 'val', unit: 'batches' } }, { divergence: { at: 'BatchEnd' } }],
      none,
      ['[1].divergence'],
    ],
    [
      'named callbacks made of operators',
      [
        { divergence: { at: 'BatchEnd', divergenceThreshold: 9 } },
        { stopAtThreshold: { monitor: 'val_loss', threshold: 0.1, at: 'BatchEnd' } },
        { controlledStoppingCheckpoint: { filepath: '{epoch}', saveFreq: 10, saveBestOnly: true, epochs: 3 } },
      ],
      none,
      ['[0].divergence', '[1].stopAtThreshold', '[2].controlledStoppingCheckpoint'],
    ],
    [
      'a monitor',
      stopOn(rx.whenBelow('val_loss', 1, { at: 'BatchEnd' })),
      none,
      ['emit.children[0].whenBelow.children[0].monitor'],
    ],
  ],
  'path-field': [
    ['{batch} at an epoch’s end', [save({ filepath: '{epoch}-{batch}' })], none, ['[0].modelCheckpoint']],
    ['val_ at a batch’s end', [save({ filepath: '{val_loss:.2f}', saveFreq: 10 })], none, ['[0].modelCheckpoint']],
    [
      'an unknown metric',
      [save({ filepath: '{val_los:.2f}' })],
      { metrics: ['loss', 'val_loss'] },
      ['[0].modelCheckpoint'],
    ],
    ['not a template', [save({ filepath: '{epoch' })], none, ['[0].modelCheckpoint']],
    ['a pipeline', rx.emit(rx.saveModel('{batch}'))(rx.everyN(2)), none, ['emit']],
    [
      'several at once',
      [save({ filepath: '{batch}-{foo}' })],
      { metrics: ['loss'] },
      ['[0].modelCheckpoint', '[0].modelCheckpoint'],
    ],
  ],
  'learning-rate-writers': [
    [
      'two schedules',
      rx.all(rx.scheduleLR(rx.constant(1)), rx.learningRateScheduler(rx.constant(1))),
      none,
      ['[1].learningRateScheduler'],
    ],
    ['a pipeline', rx.all(rx.emit(rx.setLR(1))(rx.onceAt(3)), rx.scheduleLR(rx.constant(1))), none, ['[1].scheduleLR']],
    [
      'nested',
      rx.named('x')(rx.all(rx.scheduleLR(rx.constant(1)), rx.scheduleLR(rx.constant(2)))),
      none,
      ['named.children[0].all.children[1].scheduleLR'],
    ],
  ],
  'unknown-metric': [
    ['mistyped', [es({ monitor: 'val_los', mode: 'min' })], { metrics: ['loss', 'val_loss'] }, ['[0].earlyStopping']],
    [
      'not of that evaluation',
      [{ evaluateEvery: { data: 'h' } }, es({ monitor: 'i_loss' })],
      { metrics: ['loss'] },
      ['[1].earlyStopping'],
    ],
    [
      'not of an evaluation whose metrics are known',
      [{ evaluateEvery: { data: 'h' } }, es({ monitor: 'h_los', mode: 'min' })],
      { metrics: ['loss', 'h_loss'] },
      ['[1].earlyStopping'],
    ],
    ['in a named callback', [{ divergence: {} }], { metrics: ['loss'] }, ['[0].divergence']],
    ['no validation', [es(), cut({ monitor: 'loss' })], { metrics: ['loss'] }, ['[0].earlyStopping']],
    ['every part that reads it', [es(), cut()], { metrics: ['loss'] }, ['[0].earlyStopping', '[1].reduceLROnPlateau']],
    [
      'deep inside',
      stopOn(rx.whenBelow(rx.ratio('val_loss', 'loss'), 1)),
      { metrics: ['loss'] },
      ['emit.children[0].whenBelow.children[0].ratio.children[0].monitor'],
    ],
  ],
  'never-measured': [
    ['skipped', [es({ onMissing: 'skip' })], { metrics: ['loss'] }, ['[0].earlyStopping']],
    ['a dialect skips by itself', [es({ dialect: 'keras3' })], { metrics: ['loss'] }, ['[0].earlyStopping']],
    [
      'a pipeline',
      stopOn(rx.whenPlateau('val_loss', { onMissing: 'skip' })),
      { metrics: ['loss'] },
      ['emit.children[0].whenPlateau.children[0].monitor'],
    ],
  ],
  'wrong-direction': [
    ['max on a loss', [es({ mode: 'max' })], none, ['[0].earlyStopping']],
    [
      'min on accuracy',
      [save({ monitor: 'val_accuracy', mode: 'min', saveBestOnly: true })],
      none,
      ['[0].modelCheckpoint'],
    ],
    ['lightning’s default', [es({ monitor: 'val_acc', dialect: 'lightning' })], none, ['[0].earlyStopping']],
    ['torch’s default', [cut({ monitor: 'val_acc', dialect: 'torch' })], none, ['[0].reduceLROnPlateau']],
    ['ignite’s default', [es({ patience: 3, dialect: 'ignite' })], none, ['[0].earlyStopping']],
    ['what tf.keras takes F1 for', [es({ monitor: 'val_f1', dialect: 'tfkeras2' })], none, ['[0].earlyStopping']],
    [
      'limits',
      [
        { stopAtThreshold: { monitor: 'val_loss', threshold: 1, mode: 'max' } },
        { divergence: { monitor: 'val_acc', mode: 'min', divergenceThreshold: 0.1 } },
      ],
      none,
      ['[0].stopAtThreshold', '[1].divergence'],
    ],
    [
      'saving, with a condition',
      rx.emit(rx.snapshotWeights())(rx.and(rx.whenImproves('val_loss', { mode: 'max' }), rx.after(3))),
      none,
      ['emit'],
    ],
    ['cutting', halveOn(rx.whenImproves('val_loss', { mode: 'max' })), none, ['emit']],
    ['a pipeline', stopOn(plateau(3, { mode: 'max' })), none, ['emit']],
    ['a smooth one', stopOn(rx.whenPlateau(smooth(0.9), { mode: 'max' })), none, ['emit']],
    ['saving', rx.emit(rx.saveModel('m'))(rx.whenImproves('val_acc', { mode: 'min' })), none, ['emit']],
  ],
  'opposite-directions': [
    [
      'of an unknown metric',
      [es({ monitor: 'reward', mode: 'max' }), cut({ monitor: 'reward', mode: 'min' })],
      none,
      ['[1].reduceLROnPlateau'],
    ],
    [
      'of a checkpoint',
      [save({ monitor: 'reward', mode: 'max', saveBestOnly: true }), es({ monitor: 'reward', mode: 'min' })],
      none,
      ['[1].earlyStopping'],
    ],
  ],
  'restore-without-snapshot': [
    ['nobody keeps any', rx.emit(rx.restoreWeights())(rx.onceAt(3)), none, ['emit']],
    [
      'another slot',
      rx.all(rx.emit(rx.snapshotWeights('a'))(rx.everyN(1)), rx.emit(rx.restoreWeights('b'))(rx.onceAt(3))),
      none,
      ['[1].emit'],
    ],
    [
      'early stopping keeps its own',
      rx.all(rx.earlyStopping({ restoreBestWeights: true }), rx.emit(rx.restoreWeights())(rx.onceAt(3))),
      none,
      ['[1].emit'],
    ],
  ],
  duplicate: [
    ['a callback made of operators', [{ divergence: {} }, { divergence: {} }], none, ['[1].divergence']],
    ['a callback', [es({ patience: 3 }), es({ patience: 3 })], none, ['[1].earlyStopping']],
    [
      'thrice',
      [{ terminateOnNaN: {} }, { terminateOnNaN: {} }, { terminateOnNaN: {} }],
      none,
      ['[1].terminateOnNaN', '[2].terminateOnNaN'],
    ],
    [
      'a pipeline',
      rx.all(halveOn(plateau(3)), rx.named('again')(halveOn(plateau(3)))),
      none,
      ['[1].named.children[0].emit'],
    ],
  ],
  'same-name': [
    [
      'norms of gradients',
      [{ gradientNorms: {} }, { clipGradients: { global: 1 } }, { gradientNorms: { clipped: true } }],
      none,
      ['[2].gradientNorms'],
    ],
    [
      'evaluations',
      [{ evaluateEvery: { data: 'a', prefix: 'h_' } }, { evaluateEvery: { data: 'b', prefix: 'h_' } }],
      none,
      ['[1].evaluateEvery'],
    ],
    [
      'data of one name',
      rx.all(rx.evaluateEvery({ data: { h: [1] } }), rx.evaluateEvery({ data: { h: [2] } })),
      none,
      ['[1].evaluateEvery'],
    ],
    [
      'two decoders',
      rx.all(rx.textComparison({ data: 'h', decode: () => [] }), rx.textComparison({ data: 'h', decode: () => [''] })),
      none,
      ['[1].textComparison'],
    ],
    ["training's loss", [{ evaluateEvery: { data: 'a', prefix: '' } }], none, ['[0].evaluateEvery']],
    [
      "validation's loss",
      [{ evaluateEvery: { data: 'val' } }],
      { metrics: ['loss', 'val_loss', 'val_loss'] },
      ['[0].evaluateEvery'],
    ],
    ["training's loss, by norms", [{ gradientNorms: { name: 'loss' } }], none, ['[0].gradientNorms']],
  ],
  'same-limit': [
    ['two norms', [{ clipGradients: { norm: 0.5 } }, { clipGradients: { norm: 1 } }], none, ['[1].clipGradients']],
  ],
  'same-file': [
    [
      'pictures',
      [
        { visualize: { data: ['a', 'h'], draw: 'imageGrid', folder: './p/' } },
        { visualize: { data: 'h', draw: { imageGrid: { count: 9 } }, folder: 'p', logDir: 'logs' } },
        { visualize: { draw: 'learningCurves', logDir: 'logs', tag: 'h/imageGrid' } },
      ],
      none,
      ['[1].visualize', '[2].visualize'],
    ],
    [
      'texts',
      rx.all(
        rx.textComparison({ data: 'a', decode: () => [], path: 't.md' }),
        rx.textComparison({ data: 'b', decode: () => [], path: './t.md' }),
        rx.textComparison({ data: 'c', decode: () => [], logDir: 'l' }),
        rx.textComparison({ data: 'c', decode: () => [], logDir: 'l', prefix: 'other_' }),
      ),
      none,
      ['[1].textComparison', '[3].textComparison'],
    ],
    [
      'event files',
      [{ tensorBoard: { logDir: 'l' } }, { tensorBoard: { logDir: './l/', histogramFreq: 1 } }],
      none,
      ['[1].tensorBoard'],
    ],
    [
      'curves',
      [
        { evaluateEvery: { data: 'h', prCurves: 'l' } },
        { evaluateEvery: { data: ['h', 'i'], prCurves: 'l/', every: 3 } },
      ],
      none,
      ['[1].evaluateEvery'],
    ],
    [
      'rows',
      [{ csvLogger: { filename: 'a.csv' } }, { csvLogger: { filename: './a.csv', append: true } }],
      none,
      ['[1].csvLogger'],
    ],
    ['models', [save(), save({ saveBestOnly: true })], none, ['[1].modelCheckpoint']],
    [
      'a checkpoint within another callback',
      [save(), { controlledStoppingCheckpoint: { filepath: 'm-{epoch}', epochs: 3 } }],
      none,
      ['[1].controlledStoppingCheckpoint'],
    ],
    [
      'a recorded history',
      [{ csvLogger: { filename: 'a.csv' } }, { historyRecorder: { path: './a.csv' } }],
      none,
      ['[1].historyRecorder'],
    ],
    [
      'a pipeline',
      rx.all(rx.modelCheckpoint({ filepath: 'm/{epoch}' }), rx.emit(rx.saveModel('m//{epoch}'))(rx.onceAt(3))),
      none,
      ['[1].emit'],
    ],
    [
      'appended rows',
      rx.all(rx.csvLogger({ filename: 'a' }), rx.emit(rx.appendRow('a', 'x'))(rx.everyN(1))),
      none,
      ['[1].emit'],
    ],
  ],
  'weights-at-end': [
    [
      'two averages',
      [{ swapEMAWeights: {} }, { stochasticWeightAveraging: { swaLrs: 0.1 } }],
      none,
      ['[1].stochasticWeightAveraging'],
    ],
    [
      'an average and the best',
      [es({ restoreBestWeights: true }), { weightAveraging: {} }],
      none,
      ['[1].weightAveraging'],
    ],
    [
      'averages of one kind',
      [{ swapEMAWeights: {} }, { swapEMAWeights: { momentum: 0.9 } }],
      none,
      ['[1].swapEMAWeights'],
    ],
    [
      'the best by two metrics',
      [es({ restoreBestWeights: true }), es({ monitor: 'loss', restoreBestWeights: true })],
      none,
      ['[1].earlyStopping'],
    ],
  ],
  overwrites: [
    ['each epoch', [save({ filepath: 'ckpt/model' })], none, ['[0].modelCheckpoint']],
    [
      'a controlled one',
      [{ controlledStoppingCheckpoint: { filepath: 'm', epochs: 2 } }],
      none,
      ['[0].controlledStoppingCheckpoint'],
    ],
    ['each hundred batches', [save({ filepath: 'ckpt/model', saveFreq: 100 })], none, ['[0].modelCheckpoint']],
    ['doubled braces are no field', [save({ filepath: 'ckpt/{{epoch}}' })], none, ['[0].modelCheckpoint']],
  ],
}

const silent: Readonly<Record<string, ReadonlyArray<Case>>> = {
  'stops-before-cut': [
    ['one epoch more', [es({ patience: 6 }), cut({ patience: 5 })], none],
    ['torch, two epochs more', [es({ patience: 7 }), cut({ patience: 5, dialect: 'torch' })], none],
    ['another metric', [es({ monitor: 'loss', patience: 3 }), cut({ patience: 5 })], none],
    ['another signal', rx.all(stopOn(plateau(3)), halveOn(rx.whenPlateau(smooth(0.9), { patience: 5 }))), none],
    ['other smoothing', rx.all(stopOn(rx.whenPlateau(smooth(0.5))), halveOn(rx.whenPlateau(smooth(0.9)))), none],
    [
      'batches and epochs',
      rx.all(
        stopOn(rx.whenPlateau('loss')),
        halveOn(rx.whenPlateau(rx.monitor('loss', { at: 'BatchEnd' }), { patience: 100 })),
      ),
      none,
    ],
    ['a start that leaves room for a cut', [es({ patience: 3, startFromEpoch: 3 }), cut({ patience: 5 })], none],
    [
      'a stop with a condition may come later',
      rx.all(stopOn(rx.and(plateau(3), rx.after(20))), halveOn(plateau(5))),
      none,
    ],
    [
      'a cut with an alternative may come sooner',
      rx.all(stopOn(plateau(3)), halveOn(rx.or(plateau(5), rx.everyN(2)))),
      none,
    ],
    ['a stop that never fires', rx.all(pipe(plateau(3), rx.atMost(0), stopOn), halveOn(plateau(5))), none],
    ['optax, patience 0, cuts on improvements', [es(), cut({ patience: 0, dialect: 'optax' })], none],
    ['other directions', [es({ monitor: 'x', mode: 'min' }), cut({ monitor: 'x', mode: 'max' })], none],
    [
      'metrics of two enrichers',
      rx.all(
        rx.enrich(rx.derive('gap', (l) => l.loss))(rx.earlyStopping({ monitor: 'gap', mode: 'min' })),
        rx.enrich(rx.derive('gap', (l) => l.val_loss))(rx.reduceLROnPlateau({ monitor: 'gap', mode: 'min' })),
      ),
      none,
    ],
    ['one that only logs', rx.all(rx.emit(rx.log('flat'))(plateau(1)), halveOn(plateau(5))), none],
  ],
  'different-deltas': [
    ['equal', [es({ minDelta: 1e-4 }), cut()], none],
    ['its sign is ignored', [es({ minDelta: -1e-4 }), cut()], none],
    ['no delta of either kind', [es(), cut({ dialect: 'torch', threshold: 0 })], none],
    ['a difference and a fraction', [es({ minDelta: 1e-3 }), cut({ dialect: 'torch' })], none],
    ['another metric', [es({ monitor: 'loss' }), cut()], none],
    ['two early stoppings may differ', [es({ minDelta: 0.1, patience: 3 }), es({ patience: 9 })], none],
  ],
  'never-first': [
    ['another metric', [es({ patience: 3 }), es({ patience: 5, monitor: 'loss' })], none],
    ['a larger delta and more patience', [es({ patience: 3 }), es({ patience: 5, minDelta: 0.1 })], none],
    ['two deltas above 0', [es({ patience: 3, minDelta: 0.2 }), es({ patience: 5, minDelta: 0.1 })], none],
    [
      'a later start, and a delta',
      [es({ patience: 3, minDelta: 0.1 }), es({ patience: 5, minDelta: 0.1, startFromEpoch: 2 })],
      none,
    ],
    ['an earlier start', [es({ patience: 3, startFromEpoch: 9 }), es({ patience: 5 })], none],
    ['a baseline of the patient one', [es({ patience: 3 }), es({ patience: 5, baseline: 0.5 })], none],
    ['other dialects', [es({ patience: 3, dialect: 'keras3' }), es({ patience: 5 })], none],
    ['one that puts weights back', [es({ patience: 3 }), es({ patience: 1000, restoreBestWeights: true })], none],
    ['the very same, which is a duplicate', [es({ patience: 3 }), es({ patience: 3 })], none],
    ['a pipeline may stop in epoch 0', rx.all(rx.earlyStopping({ patience: 1 }), stopOn(plateau(1))), none],
  ],
  'never-fires': [
    ['one epoch less', [es({ patience: 9 })], { epochs: 10 }],
    ['torch', [cut({ patience: 8, dialect: 'torch' })], { epochs: 10 }],
    ['nothing known', [es({ patience: 1000 })], none],
    ['lightning stops at NaN at any time', [es({ patience: 50, dialect: 'lightning' })], { epochs: 10 }],
    ['the last epoch', rx.emit(rx.saveModel('last'))(rx.onceAt(10)), { epochs: 10 }],
    [
      'what begins with the last epoch',
      [
        { layerFreezing: { layers: '*', until: 9 } },
        { layerFreezing: { layers: 'a' } },
        { scheduledLRReduction: { epochSchedule: [20, 9], reductionFactor: 0.5 } },
        { stepwiseLRReduction: { epochSteps: 9, reductionFactor: 0.5 } },
        { gradientAccumulationScheduler: { scheduling: { 9: 4 } } },
        { evaluateEvery: { data: 'h', every: 10 } },
        { evaluateEvery: { data: 'i', every: 100, unit: 'batches' } },
        { stopAfterSteps: { maxSteps: 100 } },
      ],
      { epochs: 10, steps: 10 },
    ],
    [
      'a resumed run at its cut',
      [{ stepwiseLRReduction: { epochSteps: 9, reductionFactor: 0.5 } }],
      { initialEpoch: 9, epochs: 10 },
    ],
    ['the last batch', [save({ saveFreq: 100 })], { epochs: 10, steps: 10 }],
    ['batches, of which nothing is known', [save({ saveFreq: 1e9 })], { epochs: 10 }],
    ['seconds', rx.emit(rx.log('x'))(rx.everyN(1e9, 'seconds')), { epochs: 10, steps: 10 }],
    ['an alternative', rx.emit(rx.log('x'))(rx.or(rx.after(50), rx.whenNaN())), { epochs: 10 }],
    ['what doesn’t hold', rx.emit(rx.log('x'))(rx.not(rx.after(50))), { epochs: 10 }],
    [
      'a stop that may not come',
      rx.all(stopOn(rx.and(rx.onceAt(5), rx.whenNaN())), rx.earlyStopping({ patience: 9 })),
      none,
    ],
    ['its own stop', stopOn(rx.onceAt(5)), none],
    [
      'a stop that a resumed run is past',
      rx.all(stopOn(rx.onceAt(5)), rx.earlyStopping({ patience: 6 })),
      { initialEpoch: 10, epochs: 20 },
    ],
    [
      'metrics of batches',
      stopOn(rx.whenPlateau(rx.monitor('loss', { at: 'BatchEnd' }), { patience: 50 })),
      { epochs: 10 },
    ],
    [
      'the end of the epoch in which a batch stops',
      rx.all(stopOn(rx.onceAt(25, 'batches')), rx.emit(rx.log('x'))(rx.onceAt(3))),
      { steps: 10 },
    ],
    ['ranges that meet', rx.emit(rx.log('x'))(rx.and(rx.after(9), rx.before(10))), none],
    ['a log at a plateau of the last epoch', rx.emit(rx.log('x'))(plateau(10)), { epochs: 10 }],
  ],
  'unreachable-warmup': [
    ['shorter', rx.scheduleLR(rx.warmup({ steps: 9 })(rx.constant(1))), { epochs: 10 }],
    ['batches', rx.scheduleLR(rx.warmup({ steps: 99 })(rx.constant(1)), { per: 'batch' }), { epochs: 10, steps: 10 }],
    [
      'batches, of which nothing is known',
      rx.scheduleLR(rx.warmup({ steps: 99 })(rx.constant(1)), { per: 'batch' }),
      { epochs: 10 },
    ],
    ['a long schedule without', rx.scheduleLR(rx.cosine({ initial: 1, steps: 1000 })), { epochs: 10 }],
  ],
  'min-lr-above-rate': [
    ['below', [cut({ minLr: 0.001 })], { learningRate: 0.01 }],
    ['none', [cut()], { learningRate: 0 }],
    ['an unknown rate', [cut({ minLr: 1 })], none],
    [
      'a schedule may begin higher',
      rx.all(rx.scheduleLR(rx.constant(1)), rx.reduceLROnPlateau({ minLr: 0.1 })),
      { learningRate: 0.01 },
    ],
  ],
  'val-metric-at-batch': [
    ['a metric of batches', [save({ saveFreq: 100, saveBestOnly: true, monitor: 'loss' })], none],
    ['not only the best', [save({ saveFreq: 100 })], none],
    ['a named callback at epochs', [{ divergence: {} }, { divergence: { monitor: 'loss', at: 'BatchEnd' } }], none],
    ['epochs', [save({ saveBestOnly: true })], none],
    [
      'an enricher’s',
      rx.enrich(rx.derive('val_x', rx.monitor('loss', { at: 'BatchEnd' })))(
        stopOn(rx.whenBelow('val_x', 1, { at: 'BatchEnd' })),
      ),
      none,
    ],
  ],
  'path-field': [
    ['epochs', [save({ filepath: '{epoch:02d}-{val_loss:.2f}' })], { metrics: ['loss', 'val_loss'] }],
    ['batches', [save({ filepath: '{epoch}-{batch}-{loss:.2f}', saveFreq: 10 })], { metrics: ['loss', 'val_loss'] }],
    ['nothing known', [save({ filepath: '{whatever}' })], none],
    [
      'an evaluation’s',
      [{ evaluateEvery: { data: 'h' } }, save({ filepath: 'm-{h_loss:.2f}-{h_acc}' })],
      { metrics: ['loss', 'val_loss'] },
    ],
    ['lightning writes 0', [save({ filepath: '{foo}', dialect: 'lightning' })], { metrics: ['loss'] }],
    [
      'an enricher’s',
      rx.enrich(rx.derive('gap', (l) => l.loss))(rx.modelCheckpoint({ filepath: '{gap}' })),
      { metrics: ['loss'] },
    ],
    ['events of both kinds', rx.emit(rx.saveModel('{batch}'))(rx.or(rx.everyN(2), rx.everyN(5, 'batches'))), none],
  ],
  'learning-rate-writers': [
    ['one writer and cuts', rx.all(rx.scheduleLR(rx.constant(1)), rx.reduceLROnPlateau(), halveOn(plateau(3))), none],
    ['one writer in parts', rx.named('x')(rx.all(rx.scheduleLR(rx.join([rx.constant(1), rx.constant(2)], [5])))), none],
  ],
  'unknown-metric': [
    ['known', [es(), cut()], { metrics: ['loss', 'val_loss'] }],
    ['an alias', [es({ monitor: 'val_accuracy' })], { metrics: ['val_acc'] }],
    [
      'an evaluation’s',
      [
        { evaluateEvery: { data: ['h', 'i'], prefix: 'on/{name}/', metrics: ['rocAuc'] } },
        ...['on/h/loss', 'on/i/acc', 'on/h/out_rocAuc'].map((monitor) => es({ monitor, mode: 'min' })),
      ],
      { metrics: ['loss', 'val_loss'] },
    ],
    ['not needed', [es({ onMissing: 'skip' })], { metrics: ['loss'] }],
    [
      'an enricher’s',
      rx.enrich(rx.derive('gap', (l) => l.loss))(rx.earlyStopping({ monitor: 'gap', mode: 'min' })),
      { metrics: ['loss'] },
    ],
    ['nothing known', [es({ monitor: 'x', mode: 'min' })], none],
  ],
  'never-measured': [
    ['measured', [es({ onMissing: 'skip' })], { metrics: ['loss', 'val_loss'] }],
    ['an alias', [es({ onMissing: 'skip', monitor: 'val_accuracy' })], { metrics: ['val_acc'] }],
    ['refused instead', [es()], { metrics: ['loss'] }],
    [
      'an evaluation’s',
      [{ evaluateEvery: { data: 'h' } }, es({ monitor: 'h_loss', onMissing: 'skip' })],
      { metrics: ['loss'] },
    ],
    [
      'an enricher’s',
      rx.enrich(rx.derive('gap', (l) => l.loss))(rx.earlyStopping({ monitor: 'gap', mode: 'min', onMissing: 'skip' })),
      { metrics: ['loss'] },
    ],
    ['a checkpoint that looks at nothing', [save({ dialect: 'tfkeras2' })], { metrics: ['loss'] }],
  ],
  'wrong-direction': [
    ['as known', [es({ mode: 'min' }), es({ monitor: 'val_acc', mode: 'max' })], none],
    ['unknown', [es({ monitor: 'reward', mode: 'min' })], none],
    [
      'limits as known, or unknown, or none',
      [
        { stopAtThreshold: { monitor: 'val_acc', threshold: 1, mode: 'max' } },
        { stopAtThreshold: { monitor: 'reward', threshold: 1, mode: 'min' } },
        { divergence: { mode: 'max' } },
        { divergence: { stoppingThreshold: 0.1 } },
      ],
      none,
    ],
    ['a turned score', [es({ patience: 3, dialect: 'ignite', score: '-value' })], none],
    ['lightning, said', [es({ monitor: 'val_acc', mode: 'max', dialect: 'lightning' })], none],
    [
      'a slope may go either way',
      stopOn(rx.whenPlateau(rx.window(5, 'slope')(rx.monitor('loss')), { mode: 'max' })),
      none,
    ],
    ['so may a ratio', stopOn(rx.whenPlateau(rx.ratio('val_loss', 'loss'), { mode: 'max' })), none],
    ['telling of new lows', rx.emit(rx.log('worse than ever'))(rx.whenImproves('loss', { mode: 'max' })), none],
    [
      'an enricher’s of that name',
      rx.enrich(rx.derive('acc', (l) => l.loss))(rx.earlyStopping({ monitor: 'acc', mode: 'min' })),
      none,
    ],
    ['a checkpoint that looks at nothing', [save({ mode: 'max' })], none],
  ],
  'opposite-directions': [
    ['one direction', [es({ monitor: 'x', mode: 'max' }), cut({ monitor: 'x', mode: 'max' })], none],
    ['two metrics', [es({ monitor: 'x', mode: 'max' }), cut({ monitor: 'y', mode: 'min' })], none],
    ['a known metric, of which one is wrong', [es({ mode: 'max' }), cut()], none],
  ],
  'restore-without-snapshot': [
    [
      'kept',
      rx.all(rx.emit(rx.snapshotWeights())(rx.whenImproves('loss')), rx.emit(rx.restoreWeights())(rx.onceAt(3))),
      none,
    ],
    [
      'kept behind',
      rx.all(rx.emit(rx.restoreWeights())(rx.onceAt(3)), rx.emit(rx.snapshotWeights())(rx.whenImproves('loss'))),
      none,
    ],
    ['in one breath', rx.emit([rx.snapshotWeights(), rx.restoreWeights()])(rx.onceAt(3)), none],
    [
      'a function may keep them',
      rx.all(rx.on('EpochEnd', function_), rx.emit(rx.restoreWeights())(rx.onceAt(3))),
      none,
    ],
    [
      'so may one in an emit',
      rx.all(rx.emit(function_)(rx.everyN(1)), rx.emit(rx.restoreWeights())(rx.onceAt(3))),
      none,
    ],
    ['early stopping’s', [es({ restoreBestWeights: true })], none],
  ],
  duplicate: [
    ['other options', [es({ patience: 3 }), es({ patience: 4 })], none],
    [
      'other options of a callback made of operators',
      [3, 4].flatMap((n) => [
        { controlledStoppingCheckpoint: { filepath: `${n}`, epochs: n } },
        { divergence: { divergenceThreshold: n } },
      ]),
      none,
    ],
    [
      'functions may differ',
      rx.all(
        rx.stopIf((e) => e.logs.loss > 1),
        rx.stopIf((e) => e.logs.loss < 0),
      ),
      none,
    ],
    ['nothing', rx.all(rx.idle, rx.idle), none],
    [
      'metrics of two enrichers',
      rx.all(
        ...[1, 2].map((k) =>
          rx.enrich(rx.derive('gap', (l) => k * l.loss))(rx.earlyStopping({ monitor: 'gap', mode: 'min' })),
        ),
      ),
      none,
    ],
  ],
  'same-name': [
    ['data that training does not report', [{ evaluateEvery: { data: 'val' } }], { metrics: ['loss', 'val_loss'] }],
    ['two names', [{ gradientNorms: {} }, { gradientNorms: { clipped: true, name: 'clipped' } }], none],
    [
      'one thing twice',
      [{ gradientNorms: {} }, { gradientNorms: { per: 'layer' } }, { evaluateEvery: { data: ['a', 'b'] } }],
      none,
    ],
    [
      'more measures of the same data',
      [{ evaluateEvery: { data: 'h' } }, { evaluateEvery: { data: 'h', metrics: ['rocAuc'], every: 5 } }],
      none,
    ],
    [
      'two decoders with prefixes',
      rx.all(
        rx.textComparison({ data: 'h', decode: () => [] }),
        rx.textComparison({ data: 'h', decode: () => [''], prefix: 'forced_' }),
      ),
      none,
    ],
  ],
  'same-limit': [
    ['two kinds', [{ clipGradients: { norm: 0.5 } }, { clipGradients: { global: 1 } }], none],
    ['the same', [{ clipGradients: { norm: 0.5 } }, { clipGradients: { norm: 0.5 } }], none],
  ],
  'same-file': [
    [
      'two drawings, two tags',
      [
        { visualize: { data: 'h', draw: 'imageGrid', logDir: 'l', folder: 'p' } },
        { visualize: { data: 'h', draw: 'confusionMatrix', logDir: 'l', folder: 'p' } },
        { tensorBoard: { logDir: 'l' } },
        { evaluateEvery: { data: 'h', prCurves: 'l' } },
      ],
      none,
    ],
    ['two files', [{ csvLogger: { filename: 'a.csv' } }, { csvLogger: { filename: 'b.csv' } }], none],
    ['a history without a file', [{ historyRecorder: {} }, { historyRecorder: { name: 'x' } }], none],
    ['two paths', [save(), save({ filepath: 'best', saveBestOnly: true })], none],
    [
      'rows and models',
      rx.all(rx.csvLogger({ filename: 'a' }), rx.modelCheckpoint({ filepath: 'a', saveBestOnly: true })),
      none,
    ],
    ['one part, two commands', rx.emit([rx.appendRow('a', 'x'), rx.appendRow('a', 'y')])(rx.everyN(1)), none],
  ],
  'weights-at-end': [
    ['one average', [{ swapEMAWeights: {} }, es()], none],
    ['the best by one metric', [es({ restoreBestWeights: true }), es({ patience: 9, restoreBestWeights: true })], none],
  ],
  overwrites: [
    ['only the best', [save({ filepath: 'best', saveBestOnly: true })], none],
    ['a field', [save({ filepath: '{epoch}' }), save({ filepath: 'm-{loss}' })], none],
    ['meant so', [save({ filepath: 'ckpt/latest' })], none],
    ['lightning', [save({ filepath: 'm', dialect: 'lightning' })], none],
  ],
}

const pathsOf = (rule: string, callbacks: Callbacks, context: rx.LintContext): ReadonlyArray<string> => {
  const findings = rx.lint(callbacks, context)
  expect(findings.filter((finding) => finding.rule === 'spec')).toEqual([])
  return findings.filter((finding) => finding.rule === rule).map(({ path }) => path)
}

describe.each(rules.map(({ name }) => name))('%s', (rule) => {
  it.each((fires[rule] ?? []).map((one) => [one[0], one] as const))('is told of: %s', (_, one) => {
    const [, callbacks, context, paths] = one
    expect(pathsOf(rule, callbacks, context)).toEqual(paths)
  })
  it.each((silent[rule] ?? []).map((one) => [one[0], one] as const))('is not: %s', (_, one) => {
    const [, callbacks, context] = one
    expect(pathsOf(rule, callbacks, context)).toEqual([])
  })
  it('has cases of both kinds', () => {
    expect(fires[rule]?.length).toBeGreaterThan(0)
    expect(silent[rule]?.length).toBeGreaterThan(0)
  })
})
