// How fast ten fused policies are replayed, against one hand-written loop that comes to the same decisions.
import assert from 'node:assert/strict'
import { pipe } from 'fp-ts/lib/function.js'
import * as rx from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { curve } from './curves.mjs'
import { takeTurns } from './measure.mjs'

const rows = curve(3000)

const policies = rx.all(
  rx.earlyStopping({ monitor: 'val_loss', patience: 1000, minDelta: 1e-3, restoreBestWeights: true }),
  rx.reduceLROnPlateau({ monitor: 'val_loss', patience: 20, factor: 0.5, cooldown: 5, minLr: 1e-6 }),
  rx.modelCheckpoint({ filepath: 'ckpt/{epoch:04d}-{val_accuracy:.3f}', monitor: 'val_accuracy', saveBestOnly: true }),
  rx.terminateOnNaN(),
  rx.csvLogger({ filename: 'log.csv' }),
  rx.history(),
  rx.stopIf((e) => e.logs.val_loss / e.logs.loss > 1e3, 'overfitting'),
  pipe(rx.everyN(10), rx.emit(rx.saveModel('every/{epoch:04d}'))),
  pipe(rx.whenBelow('loss', 0.3), rx.emit(rx.log('low'))),
  rx.on('EpochEnd', (e) => rx.log(`epoch ${e.epoch + 1}: ${e.logs.loss}`)),
)

/** Python's repr of a float, for numbers of this size. */
const repr = (x) => (Number.isInteger(x) ? `${x}.0` : String(x))
const pad = (n) => String(n).padStart(4, '0')

/** What somebody would write who wants these ten, once. Commands are made as data here too: that is what is computed. */
const loop = (log, learningRate) => {
  const decisions = []
  const learningRates = []
  const observed = []
  let [best, bestEpoch, wait, kept] = [null, null, 0, null]
  let [lr, lrBest, lrBestEpoch, lrWait, rest, accuracy] = [learningRate, null, null, 0, 0, null]
  let [stopped, columns, last] = [false, null, null]
  for (const event of log.events) {
    if (event._tag === 'TrainBegin')
      observed.push({ _tag: 'AppendRow', path: 'log.csv', row: '', truncate: true, by: 'csvLogger' })
    if (event._tag !== 'EpochEnd') continue
    const { epoch, step, logs } = event
    const asked = []
    const decide = (command, by, why) => asked.push({ epoch, batch: null, step, command, by, why, validity: 'exact' })
    const value = logs.val_loss
    const better = best === null ? !Number.isNaN(value) : value + 1e-3 < best
    if (better) [best, bestEpoch, wait] = [value, epoch, 0]
    else wait += 1
    if (better || kept === null) {
      kept = epoch
      decide(
        {
          _tag: 'SnapshotWeights',
          slot: 'earlyStopping monitor=val_loss patience=1000 minDelta=0.001 restoreBestWeights=true',
        },
        'earlyStopping',
        {
          observed: value,
          best,
          bestEpoch,
          wait,
          patience: 1000,
        },
      )
    } else if (wait >= 1000 && epoch >= 1) {
      stopped = true
      decide({ _tag: 'StopTraining', reason: `val_loss has not improved for ${wait} epochs` }, 'earlyStopping', {
        observed: value,
        best,
        bestEpoch,
        wait,
        patience: 1000,
      })
    }
    if (rest > 0) [rest, lrWait] = [rest - 1, 0]
    if (lrBest === null ? !Number.isNaN(value) : value + 1e-4 < lrBest)
      [lrBest, lrBestEpoch, lrWait] = [value, epoch, 0]
    else if (rest === 0) {
      lrWait += 1
      if (lrWait >= 20 && lr > 1e-6) {
        decide({ _tag: 'ScaleLearningRate', factor: 0.5, min: 1e-6 }, 'reduceLROnPlateau', {
          observed: value,
          best: lrBest,
          bestEpoch: lrBestEpoch,
          wait: lrWait,
          patience: 20,
        })
        lr = Math.max(lr * 0.5, 1e-6)
        ;[rest, lrWait] = [5, 0]
      }
    }
    if (accuracy === null || logs.val_accuracy > accuracy) {
      decide(
        { _tag: 'SaveModel', path: `ckpt/${pad(epoch + 1)}-${logs.val_accuracy.toFixed(3)}`, what: 'model' },
        'modelCheckpoint',
        { observed: logs.val_accuracy, best: accuracy },
      )
      accuracy = logs.val_accuracy
    }
    const header = columns === null
    columns ??= Object.keys(logs).sort()
    const row = `${epoch},${columns.map((name) => (logs[name] === undefined ? 'NA' : repr(logs[name]))).join(',')}\r\n`
    observed.push({
      _tag: 'AppendRow',
      path: 'log.csv',
      row,
      ...(header && { header: `epoch,${columns.join(',')}\r\n` }),
      by: 'csvLogger',
    })
    observed.push({ _tag: 'Remember', name: 'history', epoch, logs: { ...logs, lr: event.lr }, by: 'history' })
    if (logs.val_loss / logs.loss > 1e3) {
      stopped = true
      decide({ _tag: 'StopTraining', reason: 'overfitting' }, 'stopIf', logs)
    }
    if ((epoch + 1) % 10 === 0)
      decide({ _tag: 'SaveModel', path: `every/${pad(epoch + 1)}`, what: 'model' }, 'everyN', { epochs: epoch + 1 })
    if (logs.loss < 0.3) observed.push({ _tag: 'Log', level: 'info', message: 'low', by: 'whenBelow(loss)' })
    observed.push({ _tag: 'Log', level: 'info', message: `epoch ${epoch + 1}: ${logs.loss}`, by: 'on(EpochEnd)' })
    decisions.push(...asked)
    learningRates.push(lr)
    last = epoch
    if (stopped) break
  }
  decisions.push({
    epoch: last,
    command: {
      _tag: 'RestoreWeights',
      slot: 'earlyStopping monitor=val_loss patience=1000 minDelta=0.001 restoreBestWeights=true',
      epoch: kept,
    },
    by: 'earlyStopping',
  })
  return { decisions, learningRates, observed, bestEpoch }
}

const log = fromEpochs(rows, { learningRate: 0.1 })

/** The two must agree before their times mean anything. */
const agree = () => {
  const theirs = replay(policies, log)
  const ours = loop(log, 0.1)
  assert.deepEqual(theirs.outcome.learningRates, ours.learningRates)
  assert.equal(theirs.decisions.length, ours.decisions.length)
  theirs.decisions.slice(0, -1).forEach((decision, i) => {
    assert.deepEqual({ ...decision, validity: 'exact' }, ours.decisions[i])
  })
}

const replaySpeed = async ({ rounds, repeats = 60 }) => {
  agree()
  const times = (f) => () => {
    for (let i = 0; i < repeats; i += 1) f()
  }
  const { seconds, ratio } = await takeTurns(
    { fused: times(() => replay(policies, log)), loop: times(() => loop(log, 0.1)) },
    { rounds },
  )
  const epochs = rows.length * repeats
  return {
    epochsPerSecond: { fused: epochs / seconds.fused, loop: epochs / seconds.loop },
    fusedToLoop: ratio('fused', 'loop'),
  }
}
const rounds = Number(process.argv[2] ?? 11)
console.log(JSON.stringify(await replaySpeed({ rounds })))
