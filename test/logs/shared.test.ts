import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { all, earlyStopping, reduceLROnPlateau } from 'rxfit'
import { findLogs, readLog, type ReadLogOptions, type TrainingLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { run } from '../../src/cli/run.js'
import { describeShared, shared } from '../shared.js'

type Metrics = Readonly<Record<string, ReadonlyArray<number>>>

/** Keras' own account of a run. Python writes NaN, which is not JSON. */
const historyOf = (run: string): Metrics => {
  const text = readFileSync(shared(`logs/local_keras_tf2/${run}/history.json`), 'utf8')
  return JSON.parse(text.replaceAll('NaN', 'null')) as Metrics
}

const ends = (log: TrainingLog) => log.events.filter((event) => event._tag === 'EpochEnd')

const series = (log: TrainingLog, metric: string): ReadonlyArray<number> =>
  ends(log).flatMap((event) => (event.logs[metric] === undefined ? [] : [event.logs[metric]]))

const rates = (log: TrainingLog): ReadonlyArray<number> => ends(log).map((event) => event.lr)

/** What is in each file, as its source says: format, rows of the run that is taken, epochs, metrics, learning rates. */
interface Expected {
  readonly format: string
  readonly rows: number
  readonly epochs: number
  readonly unit?: TrainingLog['unit']
  readonly batches?: number
  /** some of the metrics, or how many there are */
  readonly metrics: ReadonlyArray<string> | number
  /** how many different learning rates epochs ended with; 0: none is in the log */
  readonly rates: number
  readonly end?: TrainingLog['end']
  readonly options?: ReadLogOptions
}

const keras = (epochs: number, metrics = ['acc', 'loss', 'val_acc', 'val_loss'], different = 0): Expected => ({
  format: 'keras-csv',
  rows: epochs,
  epochs,
  metrics,
  rates: different,
})
const accuracy = ['accuracy', 'loss', 'val_accuracy', 'val_loss']
const evaluated = [
  'eval_loss',
  'eval_runtime',
  'eval_samples_per_second',
  'eval_steps_per_second',
  'grad_norm',
  'learning_rate',
  'loss',
]
const flair = ['EPOCH {epoch} done: loss {loss} - lr {lr}', 'DEV : loss {val_loss} - score {score}']
const detectron = { format: 'detectron2', unit: 'evaluation', metrics: 122 } as const

const files: Readonly<Record<string, Expected>> = {
  'keras_csv/oarriaga_attention.csv': keras(114),
  'keras_csv/oarriaga_emotion_long.csv': keras(2751),
  'keras_csv/oarriaga_gender.csv': keras(94),
  'keras_csv/oarriaga_kdef_two_rows.csv': keras(2),
  'keras_csv/oarriaga_one_row.csv': keras(1),
  'local_keras_tf2/append_resume_restart/training.log': keras(12, accuracy),
  'local_keras_tf2/batch_level_tb/training.log': keras(15, accuracy),
  'local_keras_tf2/diverge_nan_lr_ramp/training.log': keras(
    20,
    ['learning_rate', 'loss', 'mae', 'val_loss', 'val_mae'],
    20,
  ),
  'local_keras_tf2/es8_rlrop3_semicolon/training.log': keras(
    11,
    ['accuracy', 'learning_rate', 'loss', 'val_accuracy', 'val_loss'],
    3,
  ),
  'local_keras_tf2/validation_freq3_NA/training.log': keras(20, accuracy),
  'local_keras_tf2/append_resume_restart/history.json': { ...keras(12, accuracy), format: 'keras-history' },
  'local_keras_tf2/batch_level_tb/history.json': { ...keras(15, accuracy), format: 'keras-history' },
  'local_keras_tf2/diverge_nan_lr_ramp/history.json': {
    ...keras(20, ['loss', 'mae', 'val_loss', 'val_mae', 'learning_rate'], 20),
    format: 'keras-history',
  },
  'local_keras_tf2/es8_rlrop3_semicolon/history.json': {
    ...keras(11, [...accuracy, 'learning_rate'], 3),
    format: 'keras-history',
  },
  'local_keras_tf2/validation_freq3_NA/history.json': { ...keras(20, accuracy), format: 'keras-history' },
  // the last of 436 is the summary of the run
  'hf_trainer/nsllm_trainer_state.json': {
    format: 'hf-trainer',
    rows: 435,
    epochs: 435,
    unit: 'row',
    metrics: ['grad_norm', 'learning_rate', 'loss'],
    rates: 435,
    end: 'completed',
  },
  'hf_trainer/cse587_results_checkpoint-100_trainer_state.json': {
    format: 'hf-trainer',
    rows: 44,
    epochs: 34,
    unit: 'evaluation',
    batches: 10,
    metrics: evaluated,
    rates: 10,
    end: 'completed',
  },
  'hf_trainer/cse587_results_checkpoint-96_trainer_state.json': {
    format: 'hf-trainer',
    rows: 41,
    epochs: 32,
    unit: 'evaluation',
    batches: 9,
    metrics: evaluated,
    rates: 9,
  },
  'jsonl/deit_cfvit_300ep_log.txt': {
    format: 'jsonl',
    rows: 300,
    epochs: 300,
    metrics: [
      'train_lr',
      'train_loss',
      'test_96_acc1',
      'test_96_acc5',
      'test_192_acc1',
      'test_192_acc5',
      'test_384_acc1',
      'test_384_acc5',
      'n_parameters',
    ],
    rates: 299,
  },
  'jsonl/llamafactory_nsllm_trainer_log.jsonl': {
    format: 'llama-factory',
    rows: 436,
    epochs: 435,
    unit: 'row',
    metrics: ['loss', 'lr'],
    rates: 435,
    end: 'completed',
  },
  'jsonl/detectron2_appended_runs_metrics.json': { ...detectron, rows: 553, epochs: 11, batches: 553, rates: 1 },
  'lightning/binn_v0_metrics.csv': {
    format: 'lightning',
    rows: 3,
    epochs: 3,
    metrics: ['train_loss', 'train_acc'],
    rates: 0,
  },
  'lightning/genrisk_v0_metrics.csv': {
    format: 'lightning',
    rows: 320,
    epochs: 80,
    batches: 320,
    metrics: ['train_disc_loss', 'train_gen_loss'],
    rates: 0,
  },
  'lightning/genrisk_v2_metrics.csv': {
    format: 'lightning',
    rows: 320,
    epochs: 80,
    batches: 320,
    metrics: ['train_disc_loss', 'train_gen_loss'],
    rates: 0,
  },
  'lightning/testtube_20200204_metrics.csv': {
    format: 'lightning',
    rows: 1023,
    epochs: 1023,
    metrics: ['train_loss'],
    rates: 0,
  },
  'lightning/testtube_v15_metrics.csv': {
    format: 'lightning',
    rows: 62,
    epochs: 62,
    metrics: ['train_loss'],
    rates: 0,
  },
  'lightning/testtube_v15_partial_metrics.csv': {
    format: 'lightning',
    rows: 9,
    epochs: 9,
    metrics: ['train_loss'],
    rates: 0,
  },
  'mlflow/gergo/mlruns/0/42428211ff2b4e50ac4acccc41e1f4fa': {
    format: 'mlflow',
    rows: 3,
    epochs: 3,
    unit: 'evaluation',
    metrics: ['train_loss', 'val_loss'],
    rates: 0,
  },
  'mlflow/gergo/mlruns/1/ed7802814f0d4f36ba28c71966dd14ce': {
    format: 'mlflow',
    rows: 3,
    epochs: 3,
    unit: 'evaluation',
    metrics: ['train_loss', 'val_loss'],
    rates: 0,
  },
  'ray/deepcomp_transfer_93911/progress.csv': { format: 'ray', rows: 35, epochs: 35, metrics: 43, rates: 1 },
  'ray/deepcomp_transfer_93911/result.json': { format: 'ray', rows: 35, epochs: 35, metrics: 43, rates: 1 },
  'text/flair_hatespeech_training.log': {
    format: 'text',
    rows: 15,
    epochs: 15,
    metrics: ['loss', 'lr', 'val_loss', 'score'],
    rates: 2,
    options: { pattern: flair },
  },
  'tsv/flair_hatespeech_loss.tsv': {
    format: 'table',
    rows: 15,
    epochs: 15,
    metrics: ['BAD_EPOCHS', 'LEARNING_RATE', 'TRAIN_LOSS', 'DEV_LOSS', 'DEV_PRECISION', 'DEV_RECALL', 'DEV_F1'],
    rates: 2,
  },
}

/** What is read in another way, or not at all. */
const others =
  /^(SOURCES\.md|tfevents\/|mlflow\/|local_keras_tf2\/META\.json|local_keras_tf2\/[^/]+\/tb\/|lightning\/testtube_empty)/

describeShared('recorded runs', () => {
  it.each(Object.entries(files))('reads %s', async (name, expected) => {
    const log = await readLog(shared(`logs/${name}`), expected.options)
    expect(log).toMatchObject({
      format: expected.format,
      rows: expected.rows,
      epochs: expected.epochs,
      unit: expected.unit ?? 'epoch',
      end: expected.end ?? 'unknown',
      hasLearningRate: expected.rates > 0,
    })
    if (typeof expected.metrics === 'number') expect(log.metrics).toHaveLength(expected.metrics)
    else expect(log.metrics).toEqual(expected.metrics)
    expect(ends(log)).toHaveLength(expected.epochs)
    expect(log.events.filter(({ _tag }) => _tag === 'BatchEnd')).toHaveLength(expected.batches ?? 0)
    if (expected.rates > 0) expect(new Set(rates(log)).size).toBe(expected.rates)
    // what stream gives is what events holds, and the epochs rise
    expect([...(log.stream?.() ?? [])]).toEqual(log.events)
    const numbers = ends(log).map(({ epoch }) => epoch)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  })

  it('says so of each when it is asked to inspect them', async () => {
    for (const [name, { format, rows, epochs, unit = 'epoch', options }] of Object.entries(files)) {
      const patterns = [options?.pattern ?? []].flat().flatMap((pattern) => ['--pattern', pattern])
      const { code, stdout, stderr } = await run(['inspect', shared(`logs/${name}`), '--json', ...patterns])
      expect([code, stderr]).toEqual([0, ''])
      expect(JSON.parse(stdout)).toMatchObject({ format, rows, epochs, unit })
    }
  })

  it('are all in this table', () => {
    const root = shared('logs')
    const found = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length + 1))
    expect(found.filter((name) => !others.test(name) && !(name in files))).toEqual([])
  })

  it.each(readdirSync(shared('logs/local_keras_tf2')).filter((name) => !name.endsWith('.json')))(
    'finds in %s what Keras returned as history',
    async (run) => {
      const history = historyOf(run)
      const finite = (values: ReadonlyArray<number | null>) => values.filter((x) => x !== null && Number.isFinite(x))
      for (const file of ['training.log', 'history.json']) {
        const log = await readLog(shared(`logs/local_keras_tf2/${run}/${file}`))
        expect(log.metrics).toEqual(expect.arrayContaining(Object.keys(history)))
        for (const [metric, values] of Object.entries(history))
          expect(finite(series(log, metric)), metric).toEqual(finite(values))
      }
    },
  )

  it('places the values of a shorter list where Keras measured them', async () => {
    const folder = shared('logs/local_keras_tf2/validation_freq3_NA')
    const [csv, history] = [await readLog(`${folder}/training.log`), await readLog(`${folder}/history.json`)]
    const measured = (log: TrainingLog) => ends(log).map((event) => event.logs['val_loss'])
    expect(measured(history)).toEqual(measured(csv))
    expect(history.notes).toContain(
      'val_loss: 6 values in 20 epochs are taken for those of every 3 epochs, as with validation_freq=3',
    )
  })

  it('reads a trial of Ray alike from both of its files', async () => {
    const folder = shared('logs/ray/deepcomp_transfer_93911')
    const [csv, json] = [await readLog(`${folder}/progress.csv`), await readLog(`${folder}/result.json`)]
    expect([...json.metrics].sort()).toEqual([...csv.metrics].sort())
    // the table has them as float32 prints them
    const rounded = (log: TrainingLog) =>
      ends(log).map(({ logs, ...rest }) => ({
        ...rest,
        logs: Object.fromEntries(Object.entries(logs).map(([name, x]) => [name, Math.fround(x)])),
      }))
    expect(rounded(json)).toEqual(rounded(csv))
    expect(ends(csv)[0]).toMatchObject({ epoch: 90, at: 1615474442000 })
  })

  it('finds the losses of one run in the logs of LLaMA-Factory and of the Trainer beneath it', async () => {
    const factory = await readLog(shared('logs/jsonl/llamafactory_nsllm_trainer_log.jsonl'))
    const trainer = await readLog(shared('logs/hf_trainer/nsllm_trainer_state.json'))
    expect(series(factory, 'loss')).toEqual(series(trainer, 'loss'))
    expect(rates(factory)).toEqual(rates(trainer))
    expect(ends(factory)[0]).toMatchObject({ step: 5, at: 1_968_000 })
  })

  it('finds in an earlier snapshot of a log its beginning', async () => {
    const of = async (name: string) => ends(await readLog(shared(`logs/${name}`)))
    const v15 = await of('lightning/testtube_v15_metrics.csv')
    expect(await of('lightning/testtube_v15_partial_metrics.csv')).toEqual(v15.slice(0, 9))
    const last = await of('hf_trainer/cse587_results_checkpoint-100_trainer_state.json')
    expect(await of('hf_trainer/cse587_results_checkpoint-96_trainer_state.json')).toEqual(last.slice(0, 32))
  })

  describe('several runs in one file', () => {
    const path = shared('logs/jsonl/detectron2_appended_runs_metrics.json')
    const appended = shared('logs/local_keras_tf2/append_resume_restart/training.log')
    it('the last is taken, and said so', async () => {
      const log = await readLog(appended)
      expect(log.epochs).toBe(12)
      expect(log.notes).toContain(
        '2 runs in this file (lines 2 to 13, lines 14 to 25): the last is taken, lines 14 to 25',
      )
    })
    it('or the one that is asked for', async () => {
      const [first, second] = [await readLog(appended, { segment: 1 }), await readLog(appended, { segment: 2 })]
      expect(series(first, 'loss')[0]).toBe(0.7155115604400635)
      expect(second.events).toEqual((await readLog(appended)).events)
      await expect(readLog(appended, { segment: 3 })).rejects.toThrow('segment 3: expected 1 to 2, there are 2 runs')
    })
    it('or all that is left of them, where they were resumed', async () => {
      const last = await readLog(path)
      expect(last.notes[1]).toContain('line 2648: the run begins at 9019')
      const whole = await readLog(path, { segment: 'joined' })
      const steps = whole.events.flatMap((event) => (event._tag === 'BatchEnd' ? [event.step] : []))
      expect([steps[0], steps.at(-1)]).toEqual([20, 20060])
      expect(steps).toEqual([...steps].sort((a, b) => a - b))
      // one every 20 iterations
      expect(new Set(steps).size).toBe(20060 / 20)
      expect(whole.epochs).toBe(20)
    })
  })

  it('decides as Keras did when it recorded the run', async () => {
    const policy = all(
      earlyStopping({ monitor: 'val_loss', patience: 8, minDelta: 1e-4, restoreBestWeights: true }),
      reduceLROnPlateau({ monitor: 'val_loss', factor: 0.5, patience: 3, minDelta: 1e-4, cooldown: 1, minLr: 1e-6 }),
    )
    for (const file of ['training.log', 'history.json']) {
      const log = await readLog(shared(`logs/local_keras_tf2/es8_rlrop3_semicolon/${file}`))
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
    }
  })

  it('cuts the rate as Flair did when it recorded the run', async () => {
    const table = await readLog(shared('logs/tsv/flair_hatespeech_loss.tsv'))
    const text = await readLog(shared('logs/text/flair_hatespeech_training.log'), { pattern: flair })
    const policy = (monitor: string) =>
      reduceLROnPlateau({ monitor, mode: 'max', factor: 0.5, patience: 5, dialect: 'torch' })
    for (const [log, monitor] of [
      [table, 'DEV_F1'],
      [table, 'val_f1'],
      [text, 'score'],
    ] as const) {
      const { outcome } = replay(policy(monitor), log)
      expect(outcome.divergedAt).toBeNull()
      expect(outcome.learningRates.slice(0, -1)).toEqual(rates(log).slice(1))
    }
  })

  it('counts evaluations where the Trainer does', async () => {
    const log = await readLog(shared('logs/hf_trainer/cse587_results_checkpoint-100_trainer_state.json'))
    // its best metric, as it recorded it, is that of the evaluation at step 96
    const { outcome } = replay(earlyStopping({ monitor: 'val_loss', patience: 5 }), log)
    expect(outcome).toMatchObject({ bestEpoch: 31, verdict: 'exact' })
    expect(ends(log)[31]).toMatchObject({ step: 96, logs: { eval_loss: 2.5085840225219727 } })
  })

  it('finds logs in folders', async () => {
    const found = await findLogs(shared('logs/mlflow'))
    expect(found.logs.map((path) => path.split('/').at(-2))).toEqual(['0', '1'])
    await expect(readLog(shared('logs/lightning'))).rejects.toThrow('is a directory with 6 logs, expected one')
  })

  it('refuses files of other kinds, and says which file', async () => {
    for (const path of ['lightning/testtube_empty_1byte_metrics.csv', 'text/flair_hatespeech_training.log'].map(
      (name) => shared(`logs/${name}`),
    ))
      await expect(readLog(path)).rejects.toMatchObject({ name: 'LogError', path })
  })
})
