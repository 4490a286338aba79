import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { all, earlyStopping, reduceLROnPlateau } from 'rxfit'
import { readLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { describeShared, shared } from '../shared.js'

type Metrics = Readonly<Record<string, ReadonlyArray<number>>>

/** Keras' own account of a run. Python writes NaN, which is not JSON. */
const historyOf = (run: string): Metrics => {
  const text = readFileSync(shared(`logs/local_keras_tf2/${run}/history.json`), 'utf8')
  return JSON.parse(text.replaceAll('NaN', 'null')) as Metrics
}

const series = (log: Awaited<ReturnType<typeof readLog>>, metric: string): ReadonlyArray<number> =>
  log.events.flatMap((event) => {
    const value = event._tag === 'EpochEnd' ? event.logs[metric] : undefined
    return value === undefined ? [] : [value]
  })

const rates = (log: Awaited<ReturnType<typeof readLog>>): ReadonlyArray<number> =>
  log.events.flatMap((event) => (event._tag === 'EpochEnd' ? [event.lr] : []))

describeShared('recorded runs', () => {
  it.each([
    ['oarriaga_attention', 114],
    ['oarriaga_emotion_long', 2751],
    ['oarriaga_gender', 94],
    ['oarriaga_kdef_two_rows', 2],
    ['oarriaga_one_row', 1],
  ])('reads %s', async (name, epochs) => {
    const log = await readLog(shared(`logs/keras_csv/${name}.csv`))
    expect(log).toMatchObject({
      format: 'keras-csv',
      epochs,
      hasLearningRate: false,
      end: 'unknown',
      metrics: ['acc', 'loss', 'val_acc', 'val_loss'],
    })
    expect(series(log, 'val_loss')).toHaveLength(epochs)
  })

  it.each([
    'batch_level_tb',
    'es8_rlrop3_semicolon',
    'validation_freq3_NA',
    'diverge_nan_lr_ramp',
    'append_resume_restart',
  ])('finds in %s what Keras returned as history', async (run) => {
    const log = await readLog(shared(`logs/local_keras_tf2/${run}/training.log`))
    const history = historyOf(run)
    const finite = (values: ReadonlyArray<number | null>) => values.filter((x) => x !== null && Number.isFinite(x))
    expect(log.metrics).toEqual(expect.arrayContaining(Object.keys(history)))
    for (const [metric, values] of Object.entries(history))
      expect(finite(series(log, metric)), metric).toEqual(finite(values))
  })

  it('takes the last of two runs in one file, and says so', async () => {
    const log = await readLog(shared('logs/local_keras_tf2/append_resume_restart/training.log'))
    expect(log.epochs).toBe(12)
    expect(log.notes).toContain(
      '2 runs in this file (lines 2 to 13, lines 14 to 25): the last is taken, lines 14 to 25',
    )
  })

  it('decides as Keras did when it recorded the run', async () => {
    const log = await readLog(shared('logs/local_keras_tf2/es8_rlrop3_semicolon/training.log'))
    const policy = all(
      earlyStopping({ monitor: 'val_loss', patience: 8, minDelta: 1e-4, restoreBestWeights: true }),
      reduceLROnPlateau({ monitor: 'val_loss', factor: 0.5, patience: 3, minDelta: 1e-4, cooldown: 1, minLr: 1e-6 }),
    )
    const { outcome } = replay(policy, log)
    expect(outcome).toMatchObject({
      epochsRun: 11,
      stoppedEpoch: 10,
      bestEpoch: 2,
      restoredEpoch: 2,
      verdict: 'exact',
      divergedAt: null,
    })
    // a rate that is cut after an epoch is in force in the next
    expect(outcome.learningRates.slice(0, -1)).toEqual(rates(log).slice(1))
  })

  it('refuses files of other kinds, and says which file', async () => {
    const others = [
      'lightning/genrisk_v0_metrics.csv',
      'lightning/testtube_empty_1byte_metrics.csv',
      'text/flair_hatespeech_training.log',
    ]
    for (const path of others.map((name) => shared(`logs/${name}`)))
      await expect(readLog(path)).rejects.toMatchObject({ name: 'LogError', path })
  })
})
