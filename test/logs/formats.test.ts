import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { earlyStopping, terminateOnNaN } from 'rxfit'
import { findLogs, LogError, readLog, type ReadLogOptions, type TrainingLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { temporary } from './temp.js'

const { file, folder } = temporary()

const ends = (log: TrainingLog) => log.events.filter((event) => event._tag === 'EpochEnd')
const batches = (log: TrainingLog) => log.events.filter((event) => event._tag === 'BatchEnd')
const series = (log: TrainingLog, metric: string) => ends(log).map((event) => event.logs[metric])
const epochs = (log: TrainingLog) => ends(log).map((event) => event.epoch)
const rates = (log: TrainingLog) => ends(log).map((event) => event.lr)

const refusal = async (path: string, options: ReadLogOptions = {}): Promise<LogError> => {
  const error: unknown = await readLog(path, options).then(
    () => expect.fail('was read'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(LogError)
  return error as LogError
}

const jsonl = (...rows: ReadonlyArray<object>): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

/** Files in a folder of their own. */
let count = 0
const tree = (files: Readonly<Record<string, string>>): string => {
  const root = join(folder, `tree${(count += 1)}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

describe('Lightning', () => {
  const sparse = [
    'epoch,step,train_loss_step,val_loss,train_loss_epoch,lr-Adam',
    ',0,,,,0.1',
    '0,9,4,,,',
    '0,19,3,,,',
    '0,19,,2.5,,',
    '0,19,,,3.5,',
    ',20,,,,0.05',
    '1,29,2,,,',
    '1,39,1,,,',
    '1,39,,1.5,,',
    '1,39,,,1.25,',
  ].join('\r\n')

  it('puts the rows of a step together, and those of an epoch', async () => {
    const log = await readLog(file(`${sparse}\r\n`))
    expect(log).toMatchObject({ format: 'lightning', epochs: 2, unit: 'epoch', rows: 10, hasLearningRate: true })
    expect(series(log, 'val_loss')).toEqual([2.5, 1.5])
    expect(series(log, 'train_loss_epoch')).toEqual([3.5, 1.25])
    expect(ends(log).map(({ step }) => step)).toEqual([20, 40])
    expect(rates(log)).toEqual([0.1, 0.05])
    expect(batches(log).map(({ step, batch, logs }) => [step, batch, logs['train_loss_step']])).toEqual([
      [10, 9, 4],
      [20, 19, 3],
      [30, 9, 2],
      [40, 19, 1],
    ])
    expect(batches(log)[1]?.logs).not.toHaveProperty('val_loss')
  })

  it('finds an epoch’s metric under its bare name, and the training’s as loss', async () => {
    const log = await readLog(file(`${sparse}\r\n`))
    expect(log.metrics).not.toContain('loss')
    expect(log.aliases).toMatchObject({ train_loss: 'train_loss_epoch', loss: 'train_loss_epoch' })
    expect(series(log, 'loss')).toEqual([3.5, 1.25])
  })

  it('lets an epoch without validation consume no patience', async () => {
    const log = await readLog(
      file('epoch,step,train_loss,val_loss\n0,9,1,\n1,19,1,5\n2,29,1,\n3,39,1,6\n4,49,1,\n5,59,1,7\n'),
    )
    const { outcome } = replay(earlyStopping({ monitor: 'val_loss', patience: 2 }), log)
    expect(outcome).toMatchObject({ stoppedEpoch: 5, bestEpoch: 1 })
  })

  it('counts validations where an epoch has several', async () => {
    const log = await readLog(file('epoch,step,val_loss\n0,4,5\n0,9,6\n1,14,7\n1,19,8\n'))
    expect(log).toMatchObject({ unit: 'evaluation', epochs: 4 })
    expect(replay(earlyStopping({ patience: 2 }), log).outcome).toMatchObject({ stoppedEpoch: 2 })
    const asked = await readLog(log.path as string, { unit: 'epoch' })
    expect(series(asked, 'val_loss')).toEqual([6, 8])
  })
})

describe('the Trainer of Hugging Face', () => {
  const state = (history: ReadonlyArray<object>, more: object = {}): string =>
    JSON.stringify({ best_metric: null, global_step: 4, max_steps: 8, log_history: history, ...more }, null, 2)

  it('puts what was trained and what was evaluated at a step together', async () => {
    const log = await readLog(
      file(
        state([
          { epoch: 0.5, step: 2, loss: 3, learning_rate: 0.1 },
          { epoch: 0.5, step: 2, eval_loss: 2, eval_runtime: 1 },
          { epoch: 1, step: 4, loss: 2, learning_rate: 0.05 },
          { epoch: 1, step: 4, eval_loss: 1, eval_runtime: 1 },
          { epoch: 1, step: 4, train_runtime: 10, train_loss: 2.5, total_flos: 1 },
        ]),
      ),
    )
    expect(log).toMatchObject({ format: 'hf-trainer', unit: 'evaluation', epochs: 2, end: 'unknown' })
    expect(ends(log).map(({ step, logs }) => [step, logs['loss'], logs['val_loss']])).toEqual([
      [2, 3, 2],
      [4, 2, 1],
    ])
    expect(log.aliases).toEqual({ val_loss: 'eval_loss' })
    const [, line] = /line (\d+): the run's summary, left out/.exec(log.notes.join('\n')) ?? []
    const lines = readFileSync(log.path as string, 'utf8').split('\n')
    expect(lines[Number(line) + 2]).toContain('train_runtime')
  })

  it('takes the first evaluation of a step: the one behind it came after training', async () => {
    const log = await readLog(
      file(
        state([
          { step: 2, eval_loss: 2 },
          { step: 4, eval_loss: 3 },
          { step: 4, eval_loss: 2 },
        ]),
      ),
    )
    expect(series(log, 'eval_loss')).toEqual([2, 3])
    expect(log.notes).toContain('1 value of a metric that its step had already: the first is taken')
  })

  it('says how it ended', async () => {
    const history = [{ step: 1, eval_loss: 2 }]
    const stopped = { stateful_callbacks: { TrainerControl: { args: { should_training_stop: true } } } }
    expect((await readLog(file(state(history, { global_step: 8 })))).end).toBe('completed')
    expect((await readLog(file(state(history, stopped)))).end).toBe('stopped')
  })

  it.each<[string, string, string]>([
    ['a file that was cut off', state([{ step: 1, eval_loss: 2 }]).slice(0, -20), 'cut off in the middle'],
    ['an empty history', state([]), 'nothing was logged'],
    [
      'a text for a metric',
      state([
        { step: 1, eval_loss: 2 },
        { step: 2, eval_loss: 'x' },
      ]),
      '"x" in key',
    ],
  ])('refuses %s', async (_, text, message) => {
    expect((await refusal(file(text))).message).toContain(message)
  })
})

describe('tables', () => {
  it('of Ultralytics 5, with blanks before the names', async () => {
    const text =
      '               epoch,      train/box_loss,metrics/mAP_0.5,        val/box_loss,               x/lr0,               x/lr1\n' +
      '                   0,              0.1,             0.2,             0.3,             0.01,             0.02\n' +
      '                   1,             0.05,             0.4,             0.2,            0.005,             0.01\n'
    const log = await readLog(file(text))
    expect(log).toMatchObject({ format: 'ultralytics', epochs: 2 })
    expect(rates(log)).toEqual([0.01, 0.005])
    expect(series(log, 'val/box_loss')).toEqual([0.3, 0.2])
    expect(log.notes.join('\n')).toContain('x/lr1 is a metric here')
  })

  it('of Ultralytics 8, counted from 1', async () => {
    const log = await readLog(
      file('epoch,time,train/box_loss,metrics/mAP50(B),val/box_loss,lr/pg0\n1,2.5,1,0.1,2,0.1\n2,5,0.5,0.2,1,0.2\n'),
    )
    expect(log.format).toBe('ultralytics')
    expect(epochs(log)).toEqual([0, 1])
    expect(ends(log).map(({ at }) => at)).toEqual([2500, 5000])
    expect(rates(log)).toEqual([0.1, 0.2])
  })

  it('of W&B, of one run', async () => {
    const log = await readLog(
      file('"Step","a - val_loss","a - val_loss__MIN","a - val_loss__MAX"\n"0","2","2","2"\n"10","1","1","1"\n'),
    )
    expect(log).toMatchObject({ format: 'wandb', metrics: ['val_loss'], epochs: 2 })
    expect(log.notes.join('\n')).toContain('val_loss__MIN (the range of what was drawn as one point)')
  })

  it('of W&B, of several: the last, or the one that is asked for', async () => {
    const path = file('"Step","a - loss","b - loss"\n0,4,\n1,3,2\n2,,1\n')
    expect(series(await readLog(path), 'loss')).toEqual([2, 1])
    expect(series(await readLog(path, { segment: 1 }), 'loss')).toEqual([4, 3])
    expect((await refusal(path, { segment: 3 })).message).toContain("'last' or 1 to 2")
  })

  it('of TensorBoard', async () => {
    const log = await readLog(
      file('Wall time,Step,Value\n1600000000.5,0,2\n1600000001.5,1,1\n', 'run-train-tag-epoch_loss.csv'),
    )
    expect(log).toMatchObject({ format: 'tensorboard-csv', metrics: ['epoch_loss'], epochs: 2 })
    expect(ends(log)[0]).toMatchObject({ at: 1600000000500 })
  })

  it('of the Monitor of Stable-Baselines', async () => {
    const log = await readLog(
      file('#{"t_start": 1600000000.5, "env_id": "CartPole-v1"}\nr,l,t\n10.0,12,0.5\n20.0,24,1.5\n'),
    )
    expect(log).toMatchObject({ format: 'monitor-csv', metrics: ['r', 'l'], epochs: 2, unit: 'row' })
    expect(ends(log).map(({ at }) => at)).toEqual([500, 1500])
  })

  it('of Stable-Baselines', async () => {
    const log = await readLog(
      file(
        'rollout/ep_rew_mean,time/time_elapsed,time/total_timesteps,train/learning_rate,train/loss\n9,1,100,,\n12,2,200,0.1,3\n15,3,300,0.1,2\n',
      ),
    )
    expect(log).toMatchObject({ format: 'stable-baselines', epochs: 3, hasLearningRate: true })
    expect(series(log, 'rollout/ep_rew_mean')).toEqual([9, 12, 15])
    expect(ends(log)[2]).toMatchObject({ step: 300, at: 3000, lr: 0.1 })
  })

  it.each([
    ['blanks', 'step  loss   lr\n1     2      0.1\n2     1      0.1\n'],
    ['tabs', 'Step\tloss\tlr\n1\t2\t0.1\n2\t1\t0.1\n'],
    ['a comment for a header', '# made by hand\n# step loss lr\n1 2 0.1\n2 1 0.1\n'],
  ])('of anybody, with %s', async (_, text) => {
    const log = await readLog(file(text))
    expect(log).toMatchObject({ format: 'table', epochs: 2 })
    expect(series(log, 'loss')).toEqual([2, 1])
    expect(rates(log)).toEqual([0.1, 0.1])
  })

  it('without an epoch or a step only if that is asked for', async () => {
    const path = file('loss,acc\n2,0.5\n1,0.75\n')
    expect((await refusal(path)).message).toContain('not a log that rxfit knows')
    expect(series(await readLog(path, { format: 'table' }), 'loss')).toEqual([2, 1])
  })
})

describe('JSON Lines', () => {
  it('of mmengine, whose step is the epoch on lines of validation', async () => {
    const train = (epoch: number, iter: number, loss: number) => ({
      lr: 0.1 / epoch,
      loss,
      epoch,
      iter,
      memory: 1,
      step: iter,
    })
    const log = await readLog(
      file(
        jsonl(
          train(1, 50, 4),
          train(1, 100, 3),
          { 'coco/bbox_mAP': 0.25, time: 1, step: 1 },
          train(2, 150, 2),
          train(2, 200, 1),
          { 'coco/bbox_mAP': 0.5, time: 1, step: 2 },
        ),
      ),
    )
    expect(log).toMatchObject({ format: 'mmengine', epochs: 2, unit: 'epoch' })
    expect(
      ends(log).map(({ epoch, step, lr, logs }) => [epoch, step, lr, logs['loss'], logs['coco/bbox_mAP']]),
    ).toEqual([
      [0, 100, 0.1, 3, 0.25],
      [1, 200, 0.05, 1, 0.5],
    ])
    expect(batches(log)).toHaveLength(4)
  })

  it('of mmengine by iterations', async () => {
    const train = (step: number) => ({ lr: 0.1, loss: 100 / step, iter: step, step })
    const log = await readLog(
      file(jsonl(train(50), train(100), { mIoU: 20, step: 100 }, train(150), train(200), { mIoU: 30, step: 200 })),
    )
    expect(log).toMatchObject({ epochs: 2, unit: 'evaluation' })
    expect(ends(log).map(({ step, logs }) => [step, logs['mIoU']])).toEqual([
      [100, 20],
      [200, 30],
    ])
  })

  it('of mmengine is refused where a validation’s step is neither', async () => {
    const text = jsonl({ loss: 1, epoch: 1, iter: 50, step: 50 }, { mAP: 1, step: 7 })
    expect((await refusal(file(text))).message).toContain('expected the epoch (1) or the iteration (50)')
  })

  it('whose names are written as headings', async () => {
    const text = 'Epoch,Train Loss,Valid Loss,Val Box Loss,mAP50,F1\n1,2,1,3,0.5,0.25\n2,1.5,0.5,2,0.75,0.5\n'
    const log = await readLog(file(text))
    expect(log.aliases).toEqual({
      ...{ loss: 'Train Loss', val_loss: 'Valid Loss', val_box_loss: 'Val Box Loss', f1: 'F1' },
    })
  })
  it('of mmcv', async () => {
    const log = await readLog(
      file(
        jsonl(
          { env_info: 'linux', seed: 0 },
          { mode: 'train', epoch: 1, iter: 50, lr: 0.1, loss: 2 },
          { mode: 'val', epoch: 1, iter: 500, lr: 0.1, bbox_mAP: 0.5 },
          { mode: 'train', epoch: 2, iter: 50, lr: 0.1, loss: 1 },
          { mode: 'val', epoch: 2, iter: 500, lr: 0.1, bbox_mAP: 0.75 },
        ),
      ),
    )
    expect(log).toMatchObject({ format: 'mmengine', epochs: 2 })
    expect(series(log, 'bbox_mAP')).toEqual([0.5, 0.75])
    // a validation is no batch
    expect(log.events.filter(({ _tag }) => _tag === 'BatchEnd').some(({ logs }) => 'bbox_mAP' in logs)).toBe(false)
    expect(log.notes).toContain('line 1: about the machine, left out')
  })

  it('of nanoGPT’s kind', async () => {
    const row = (iter: number) => ({ iter, 'train/loss': 4 - iter / 100, 'val/loss': 5 - iter / 100, lr: 0.1 })
    const log = await readLog(file(jsonl(row(0), row(100), row(200))))
    expect(log).toMatchObject({ format: 'jsonl', unit: 'evaluation', epochs: 3 })
    expect(log.aliases).toEqual({ loss: 'train/loss', val_loss: 'val/loss' })
    expect(replay(earlyStopping({ patience: 3 }), log).outcome.verdict).toBe('censored')
  })

  it('of W&B', async () => {
    const log = await readLog(
      file(
        jsonl(
          { _step: 0, _timestamp: 10.5, _runtime: 1, loss: 2 },
          { _step: 1, _timestamp: 11.5, _runtime: 2, loss: 'NaN' },
        ),
      ),
    )
    expect(log).toMatchObject({ format: 'wandb', metrics: ['loss'] })
    expect(series(log, 'loss')).toEqual([2, NaN])
    expect(ends(log)[1]).toMatchObject({ at: 11500 })
  })

  it('of Stable-Baselines', async () =>
    expect(await readLog(file(jsonl({ 'time/total_timesteps': 10, 'rollout/ep_rew_mean': 1 })))).toMatchObject({
      format: 'stable-baselines',
      epochs: 1,
    }))

  it('with NaN and Infinity, which Python writes', async () => {
    const log = await readLog(
      file('{"step": 1, "loss": NaN, "note": "NaN, they said"}\n{"step": 2, "loss": -Infinity, "note": "x"}\n'),
    )
    expect(series(log, 'loss')).toEqual([NaN, -Infinity])
    expect(log.notes.join('\n')).toContain('left out: note (text, such as "NaN, they said")')
    expect(replay(terminateOnNaN(), log).outcome.stoppedEpoch).toBeNull()
  })

  it('with values that are no metrics', async () => {
    const log = await readLog(
      file(jsonl({ epoch: 0, loss: '1.5', list: [1], deep: { a: { b: 2 } }, flag: true, none: null })),
    )
    expect(log.metrics).toEqual(['loss', 'deep/a/b'])
    expect(ends(log)[0]?.logs).toEqual({ loss: 1.5, 'deep/a/b': 2 })
  })

  it('as a list in one document, and as one object alone', async () => {
    expect(await readLog(file('[\n {"step": 1, "loss": 2},\n {"step": 2, "loss": 1}\n]\n'))).toMatchObject({
      format: 'jsonl',
      epochs: 2,
    })
    expect(await readLog(file('{\n "step": 1,\n "train": {"loss": 2}\n}\n'))).toMatchObject({
      epochs: 1,
      metrics: ['train/loss'],
    })
  })

  it.each<[string, string, number | null, string]>([
    ['a broken line', `${jsonl({ step: 1, loss: 1 })}{"step":\n${jsonl({ step: 3, loss: 1 })}`, 2, 'not a JSON object'],
    ['a number among words', jsonl({ step: 1, loss: 1 }, { step: 2, loss: 'one' }), 2, '"one" in key \'loss\''],
    ['a huge number', '{"step": 1, "loss": 1e999}\n', 1, 'larger than a number can be'],
    ['a step that is none', jsonl({ step: 1, loss: 1 }, { step: 'two', loss: 1 }), 2, '"two" in key \'step\''],
    ['no number', jsonl({ step: 1, word: 'a' }), 1, 'no key of numbers'],
    ['a conflict', `${jsonl({ step: 1, loss: 1 })}<<<<<<< HEAD\n`, 2, 'a merge conflict marker'],
  ])('is refused with %s', async (_, text, line, message) => {
    const error = await refusal(file(text))
    expect(error.line).toBe(line)
    expect(error.message).toContain(message)
  })
})

describe('a History', () => {
  it('of tfjs', async () => {
    const log = await readLog(
      file('{"validationData":null,"params":{"epochs":2},"epoch":[0,1],"history":{"val_loss":[2,1],"loss":[3,null]}}'),
    )
    expect(log).toMatchObject({ format: 'keras-history', epochs: 2, metrics: ['val_loss', 'loss'] })
    expect(series(log, 'loss')).toEqual([3, undefined])
  })
  it('leaves out a list of which it isn’t said when it was measured', async () => {
    const log = await readLog(file('{"loss":[1,2,3,4,5,6,7],"val_loss":[1]}'))
    expect(log.metrics).toEqual(['loss'])
    expect(log.notes).toContain("left out: val_loss (1 values in 7 epochs: it isn't said in which)")
  })
  it.each([
    ['{"loss":[1,"x"]}', '\'loss\'[1] is "x"'],
    ['{"loss":[]}', 'the lists are empty'],
    ['{"loss":[1,2', 'cut off in the middle'],
    ['{"epoch":[0],"history":{"loss":[1,2]}}', "'epoch' has 1 numbers"],
  ])('refuses %s', async (text, message) => {
    expect((await refusal(file(text))).message).toContain(message)
  })
})

describe('folders', () => {
  it('of DVCLive', async () => {
    const root = tree({
      'plots/metrics/train/loss.tsv': 'step\tloss\n0\t2\n1\t1\n',
      'plots/metrics/eval/loss.tsv': 'step\tloss\n1\t3\n',
      'metrics.json': '{\n "step": 1,\n "train": {"loss": 1}\n}\n',
    })
    const log = await readLog(root)
    expect(log).toMatchObject({ format: 'dvclive', metrics: ['eval/loss', 'train/loss'], rows: 2 })
    expect(log.aliases).toEqual({ loss: 'train/loss', val_loss: 'eval/loss' })
    expect(await readLog(join(root, 'plots/metrics/train/loss.tsv'))).toMatchObject({
      metrics: ['train/loss'],
      epochs: 2,
    })
    expect(await readLog(join(root, 'metrics.json'))).toMatchObject({ epochs: 1 })
  })

  it('of MLflow, by steps where they rise', async () => {
    const root = tree({
      'meta.yaml': 'a: b\n',
      'metrics/loss': '1600000000000 2 0\n1600000001000 1 1\n',
      'metrics/val/loss': '1600000001500 3.5 1\n',
      'metrics/epoch': '1600000000000 0 0\n1600000001000 1 1\n',
    })
    const log = await readLog(root)
    expect(log).toMatchObject({ format: 'mlflow', epochs: 2, unit: 'epoch', metrics: ['loss', 'val/loss'] })
    expect(series(log, 'val_loss')).toEqual([undefined, 3.5])
    expect(ends(log)[0]).toMatchObject({ at: 1600000000000 })
  })

  it('of MLflow, by times where steps stand still', async () => {
    const root = tree({
      'meta.yaml': '',
      'metrics/loss': '1600000000000 4 0\n1600000000010 3 0\n1600000000030 2 0\n',
      'metrics/val_loss': '1600000000020 9 0\n1600000000040 8 0\n',
    })
    const log = await readLog(root)
    expect(ends(log).map(({ logs }) => [logs['loss'], logs['val_loss']])).toEqual([
      [3, 9],
      [2, 8],
    ])
  })

  it.each([
    ['step\tloss\n0\t1\nnan\t2\n', 3],
    ['1600000000000 1 0\n1600000000001 1 nan\n', 2],
  ])('refuse a step that is none: %j', async (text, line) => {
    expect(await refusal(file(text))).toMatchObject({ line })
  })

  it('of several logs are no log, but are found', async () => {
    const root = tree({
      'a/1.csv': 'epoch,loss\n0,1\n',
      'b.jsonl': jsonl({ step: 1, loss: 2 }),
      'c.txt': 'hello\n',
      'd/e.png': '\u0000',
    })
    const found = await findLogs(root)
    expect(found.logs).toEqual([join(root, 'a/1.csv'), join(root, 'b.jsonl')])
    expect(found.passed).toEqual([join(root, 'c.txt'), join(root, 'd/e.png')])
    expect((await refusal(root)).message).toContain('is a directory with 2 logs')
    expect(await readLog(join(root, 'a'))).toMatchObject({ format: 'keras-csv' })
    expect((await refusal(join(root, 'd'))).message).toContain('is a directory without a log')
    await expect(findLogs(join(root, 'nowhere'))).rejects.toThrow('no such file')
  })
})

describe('text, by a pattern', () => {
  const text = 'begin\nstep 10: loss 2.50, lr=1e-3 (3.2s)\nnoise\nstep 20: loss nan, lr=5e-4 (3.1s)\n'
  it('reads numbers where they stand', async () => {
    const log = await readLog(file(text), { pattern: 'step {step}: loss {loss}, lr={lr} ({seconds}s)' })
    expect(log).toMatchObject({ format: 'text', epochs: 2, metrics: ['loss', 'lr', 'seconds'] })
    expect(series(log, 'loss')).toEqual([2.5, NaN])
    expect(rates(log)).toEqual([1e-3, 5e-4])
    expect(ends(log).map(({ step }) => step)).toEqual([10, 20])
    expect(log.notes.at(-1)).toBe('2 of 4 lines match; the others are left out')
  })
  it('takes {*} for anything, and lines without a step for more of the one before', async () => {
    const log = await readLog(file('E1 x y loss 2\nval 3\nE2 z loss 1\nval 4\n'), {
      pattern: ['E{epoch} {*} loss {loss}', 'val {val_loss}'],
    })
    expect(ends(log).map(({ epoch, logs }) => [epoch, logs])).toEqual([
      [0, { loss: 2, val_loss: 3 }],
      [1, { loss: 1, val_loss: 4 }],
    ])
  })
  it('counts lines where none says where it stands', async () =>
    expect(await readLog(file('loss 1\nloss 2\n'), { pattern: 'loss {loss}' })).toMatchObject({
      epochs: 2,
      unit: 'row',
    }))
  it.each<[string, string | ReadonlyArray<string>, string]>([
    ['no line', 'lost {loss}', 'no line matches the pattern'],
    ['half a number', 'loss {loss}0', 'no line matches'],
    ['no name', 'loss', 'there is no {name}'],
    ['a name twice', 'step {a}: loss {a}', 'stands there twice'],
    ['a bad name', 'step {epoch:02d}', '{epoch:02d} is no name'],
    ['one of two', ['step {step}', 'nothing {x}'], 'no line matches the pattern "nothing {x}"'],
  ])('is refused where it fits %s', async (_, pattern, message) => {
    expect((await refusal(file(text), { pattern })).message).toContain(message)
  })
  it('is for text alone', async () => {
    expect((await refusal(file(text), { pattern: 'a {b}', format: 'jsonl' })).message).toContain(
      'a pattern is for text',
    )
    expect((await refusal(file(text), { format: 'text' })).message).toContain('text needs a pattern')
  })
})

describe('options', () => {
  const path = file('epoch,loss\n0,1\n1,2\n0,3\n')
  it.each<[ReadLogOptions, string]>([
    [{ segment: 0 }, "segment must be 'last', 'joined' or a whole number from 1, got 0"],
    [{ segment: 'first' as never }, 'got "first"'],
    [{ unit: 'batch' as never }, "unit must be 'epoch', 'evaluation' or 'row'"],
    [{ unit: 'evaluation' }, "unit 'evaluation': expected metrics such as val_loss"],
    [{ segmnt: 1 } as never, "did you mean 'segment'?"],
  ])('%o is refused', async (options, message) => {
    expect((await refusal(path, options)).message).toContain(message)
  })
  it('a record counts as an epoch if that is asked for', async () => {
    const log = await readLog(file('step,loss,val_loss\n1,5,\n2,4,3\n3,3,\n'), { unit: 'row' })
    expect(log).toMatchObject({ epochs: 3, unit: 'row' })
    expect((await readLog(log.path as string)).notes.join('\n')).toContain("1 row behind the last epoch's end")
  })
})

describe('laws', () => {
  const sources = [
    'epoch,loss,val_loss\r\n0,1.5,2.5\r\n1,0.5,1.5\r\n2,0.25,nan\r\n',
    'epoch,step,train_loss,val_loss\n0,9,1,\n0,9,,2\n1,19,0.5,\n1,19,,1\n',
    jsonl({ iter: 1, loss: 2, lr: 0.1 }, { iter: 2, loss: 1, 'val/loss': 3 }, { iter: 3, loss: 0.5 }),
    JSON.stringify(
      {
        log_history: [
          { step: 1, epoch: 0.5, loss: 2 },
          { step: 2, epoch: 1, eval_loss: 1 },
        ],
      },
      null,
      1,
    ),
    '{"loss": [1, 2, 3], "val_loss": [3, 2, 1]}',
    '#{"t_start": 1.5}\nr,l,t\n1,2,3\n4,5,6\n',
    '1600000000000 2 0\n1600000001000 1 1\n',
    'step\tloss\n0\t1\n1\t2\n',
    jsonl({ epoch: 1, iter: 5, step: 5, loss: 1 }, { mAP: 2, step: 1 }),
  ]
  const numbers = (text: string): ReadonlySet<number> =>
    new Set(
      Array.from(text.matchAll(/-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/gi), ([x]) => Number(x)).flatMap((x) => [x, -x]),
    )

  it('whatever is done to a log, it is refused in words, or its numbers are the file’s', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...sources),
        fc.array(
          fc.tuple(
            fc.nat(),
            fc.constantFrom(
              '',
              ',',
              '"',
              '\n',
              '\r',
              '{',
              '}',
              '-',
              '.',
              'e',
              '9',
              'nan',
              'NA',
              '\u0000',
              '[',
              ':',
              ' ',
              '\t',
              '<<<<<<< x\n',
            ),
          ),
          { minLength: 1, maxLength: 4 },
        ),
        fc.boolean(),
        async (source, edits, cut) => {
          let text = source
          for (const [at, insert] of edits) {
            const i = at % (text.length + 1)
            text = text.slice(0, i) + insert + text.slice(cut ? i : i + 1)
          }
          const path = file(text, 'fuzz.log')
          const result = await readLog(path).catch((error: unknown) => error)
          if (result instanceof Error) {
            expect(result).toBeInstanceOf(LogError)
            expect(result.message).toContain(path)
            expect(result.message).not.toMatch(/undefined|\[object|can't be read/)
            return
          }
          const log = result as TrainingLog
          const known = numbers(text)
          const steps = log.events.map(({ step }) => step)
          expect(steps).toEqual([...steps].sort((a, b) => a - b))
          expect(ends(log)).toHaveLength(log.epochs)
          for (const event of log.events)
            for (const value of Object.values(event.logs)) if (Number.isFinite(value)) expect(known).toContain(value)
        },
      ),
      { numRuns: 600 },
    )
  })

  it('what was cut off at the end is refused, or what is read is the beginning', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...sources.slice(0, 2)), fc.nat(), async (source, at) => {
        const whole = await readLog(file(source, 'whole.log'))
        const part = await readLog(file(source.slice(0, at % source.length), 'part.log')).catch(
          (error: unknown) => error,
        )
        if (part instanceof LogError) return
        const log = part as TrainingLog
        // the last line may be whole by chance, or have a number that isn't
        const sure = /no line end/.test(log.notes.join()) ? log.events.length - 3 : log.events.length
        const bare = (events: TrainingLog['events']) =>
          events.slice(1, Math.max(1, sure)).flatMap((event) => (event._tag === 'EpochEnd' ? [event.epoch] : []))
        expect(bare(whole.events).slice(0, bare(log.events).length)).toEqual(bare(log.events))
      }),
      { numRuns: 300 },
    )
  })
})
