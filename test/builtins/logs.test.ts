import { describe, expect, it } from 'vitest'
import {
  baseLogger,
  enrich,
  historyRecorder,
  lambda,
  machine,
  monitor,
  nothingCallback,
  type Command,
  type HistoryRecorderOptions,
  type Signal,
  type State,
  type TrainingEvent,
} from 'rxfit'
import { fromEpochs, type EpochRow } from 'rxfit/logs'
import { commands, events, values } from 'rxfit/testing'
import { tags } from '../../src/dsl/TrainingEvent.js'

type Events = ReadonlyArray<TrainingEvent<never>>

describe('baseLogger', () => {
  const rows = [
    {
      loss: 0,
      acc: 0,
      val_loss: 9,
      batches: [
        { loss: 4, acc: 0.5 },
        { loss: 2, acc: 1 },
        { loss: 1, acc: 0.25 },
      ],
    },
    { loss: 0, acc: 0, val_loss: 8, batches: [{ loss: 1, acc: 0 }] },
  ]
  /** The run with what the events and its beginning say of sizes. */
  const sized = (sizes: ReadonlyArray<number> | null, samples: number | null, batchSize: number | null): Events =>
    events(rows).map((e): TrainingEvent => {
      if (e._tag === 'TrainBegin') return { ...e, params: { ...e.params, samples, batchSize } }
      return e._tag === 'BatchEnd' && sizes ? { ...e, size: sizes[e.batch ?? 0] as number } : e
    }) as unknown as Events
  const means = (run: Events, metric = 'loss', options = {}) =>
    machine
      .run(enrich(baseLogger(options))(monitor(metric)))(run)[0]
      .filter((x) => x !== undefined)

  it('weighs batches by the sizes that their events say', () => {
    expect(means(sized([2, 2, 1], null, null))).toEqual([(8 + 4 + 1) / 5, 1])
  })
  it('works sizes out from the run: the last batch is smaller', () => {
    expect(means(sized(null, 5, 2))).toEqual([(8 + 4 + 1) / 5, 1])
    expect(means(sized(null, null, 2))).toEqual([7 / 3, 1])
  })
  it('counts all batches alike where nothing is known of sizes', () => {
    expect(means(sized(null, null, null))).toEqual([7 / 3, 1])
  })
  it('keeps the last value of a stateful metric, and leaves alone what batches do not report', () => {
    expect(means(sized([2, 2, 1], null, null), 'acc', { statefulMetrics: ['acc'] })).toEqual([0.25, 0])
    expect(means(sized([2, 2, 1], null, null), 'val_loss')).toEqual([9, 8])
  })
  it('shows running means at batches if asked to', () => {
    const seen = (options: object) =>
      machine
        .run(enrich(baseLogger(options))(monitor<string>('loss', { at: 'BatchEnd' })) as Signal<never>)(
          sized([1, 1, 1], null, null),
        )[0]
        .filter((x) => x !== undefined)
    expect(seen({ running: true })).toEqual([4, 3, 7 / 3, 1])
    expect(seen({})).toEqual([4, 2, 1, 1])
  })
  it('is what it is without batches, and passes NaN on', () => {
    expect(values(enrich(baseLogger())(monitor('loss')), [{ loss: 3 }])).toEqual([3])
    expect(values(enrich(baseLogger())(monitor('loss')), [{ loss: 3, batches: [{ loss: NaN }, { loss: 1 }] }])).toEqual(
      [NaN],
    )
  })
})

describe('historyRecorder', () => {
  const rows = [
    { loss: 1, batches: [{ loss: 1.5 }, { loss: 0.5 }] },
    { loss: NaN, val_loss: 2, batches: [{ loss: 0.25 }] },
  ]
  const written = (options: HistoryRecorderOptions, run: ReadonlyArray<EpochRow> = rows): ReadonlyArray<string> =>
    commands(historyRecorder(options), run).flatMap((c) => (c._tag === 'AppendRow' ? [c.row] : []))

  it('remembers epochs, and batches if asked to', () => {
    const kept = (options: HistoryRecorderOptions) =>
      commands(historyRecorder(options), rows).map((c) => c._tag === 'Remember' && [c.name, c.epoch, c.batch, c.logs])
    expect(kept({ name: 'mine' })).toEqual([
      ['mine', 0, undefined, { loss: 1 }],
      ['mine', 1, undefined, { loss: NaN, val_loss: 2 }],
    ])
    expect(kept({ batches: true }).filter((row) => row && row[0] === 'historyRecorder.batches')).toEqual([
      ['historyRecorder.batches', 0, 0, { loss: 1.5 }],
      ['historyRecorder.batches', 0, 1, { loss: 0.5 }],
      ['historyRecorder.batches', 1, 0, { loss: 0.25 }],
    ])
  })
  it('writes JSON that reads back as the same run', () => {
    const [text, ...more] = written({ path: 'h.json', batches: true })
    expect(more).toEqual([])
    const again = fromEpochs(JSON.parse(text as string) as ReadonlyArray<Record<string, never>>)
    const known = (run: ReadonlyArray<TrainingEvent>) =>
      run.map(({ _tag, epoch, batch, step, logs }) => [_tag, epoch, batch, step, logs])
    // the rate becomes a metric too, as in any file that has it
    const rateless = again.events.map((e) => {
      const { learning_rate: _, ...logs } = e.logs as Record<string, number>
      return { ...e, logs }
    })
    expect(known(rateless)).toEqual(known(fromEpochs(rows).events))
  })
  it('writes CSV: a row an epoch, behind its batches', () => {
    expect(written({ path: 'h.csv' })).toEqual(['epoch,learning_rate,loss,val_loss\r\n0,1,1,\r\n1,1,NaN,2\r\n'])
    expect(written({ path: 'h.txt', format: 'csv', batches: true })).toEqual([
      'epoch,batch,learning_rate,loss,val_loss\r\n0,0,1,1.5,\r\n0,1,1,0.5,\r\n0,,1,1,\r\n1,0,1,0.25,\r\n1,,1,NaN,2\r\n',
    ])
  })
  it('writes every n epochs too', () => {
    expect(
      written({ path: 'h.json', everyNEpochs: 1 }).map((text) => (JSON.parse(text) as Array<unknown>).length),
    ).toEqual([1, 2, 2])
    expect(written({ path: 'h.json', everyNEpochs: 2 })).toHaveLength(2)
  })
  it('keeps what was recorded before a resume', () => {
    const policy = historyRecorder({ path: 'h.json' })
    const [first, second] = [events([{ loss: 1 }]), events([{ loss: 2 }], { initialEpoch: 1 })] as [Events, Events]
    const [, state] = machine.run(policy)(first)
    const [asked] = machine.run(policy, JSON.parse(JSON.stringify(state)) as State)(second)
    const last = asked.flat().at(-1) as Command & { readonly row: string }
    expect((JSON.parse(last.row) as Array<{ epoch: number }>).map((row) => row.epoch)).toEqual([0, 1])
  })
  it('needs to know the format, and a file where options are about one', () => {
    expect(() => historyRecorder({ path: 'h.txt' })).toThrow("historyRecorder.format: say 'json' or 'csv'")
    expect(() => historyRecorder({ everyNEpochs: 2 })).toThrow('historyRecorder.path: is missing')
    expect(() => historyRecorder({ path: 'h.csv', everyNEpochs: 0 })).toThrow('must be 1 or more')
  })
  it('takes a hundred thousand batches', () => {
    const batches = Array.from({ length: 100_000 }, (_, i) => ({ loss: i }))
    const [text] = written({ path: 'h.csv', batches: true }, [{ loss: 1, batches }])
    expect(text?.split('\r\n')).toHaveLength(100_003)
  })
})

const moment = { epoch: 1, batch: null, step: 5, at: 0, lr: 0.1 }
const feedback: Events = [
  { _tag: 'Evaluating', ...moment, logs: { loss: 1 } },
  { _tag: 'Evaluated', ...moment, logs: { h_loss: 1 }, name: 'h' },
  { _tag: 'Saved', ...moment, logs: {}, path: 'm' },
  { _tag: 'CommandFailed', ...moment, logs: {}, command: 'AppendRow', by: 'x', message: 'no' },
]
const bare = (tag: string): TrainingEvent =>
  ({ _tag: tag, ...moment, ...(tag.includes('Batch') && { batch: 2 }), logs: { loss: 1, acc: 2 } }) as TrainingEvent
const hooks = tags.filter((tag) => /^(Train|Epoch|Batch|Test|Predict)/.test(tag))

describe('nothingCallback', () => {
  const said = (run: ReadonlyArray<TrainingEvent>, options = {}) =>
    machine
      .run(nothingCallback(options))(run as Events)[0]
      .flat()
      .map((c) => c._tag === 'Log' && c.message)
  it('says every hook with its indices and log keys', () => {
    expect(said([...hooks.map(bare), ...(feedback as ReadonlyArray<TrainingEvent>)])).toEqual([
      'TrainBegin; logs: loss, acc',
      'EpochBegin epoch 1; logs: loss, acc',
      'BatchBegin epoch 1, batch 2; logs: loss, acc',
      'BatchEnd epoch 1, batch 2; logs: loss, acc',
      'TestBegin; logs: loss, acc',
      'TestBatchBegin batch 2; logs: loss, acc',
      'TestBatchEnd batch 2; logs: loss, acc',
      'TestEnd; logs: loss, acc',
      'EpochEnd epoch 1; logs: loss, acc',
      'TrainEnd; logs: loss, acc',
      'PredictBegin; logs: loss, acc',
      'PredictBatchBegin batch 2; logs: loss, acc',
      'PredictBatchEnd batch 2; logs: loss, acc',
      'PredictEnd; logs: loss, acc',
      'Evaluating; logs: loss',
      'Evaluated; logs: h_loss',
      'Saved; logs: none',
      'CommandFailed; logs: none',
    ])
  })
  it('leaves out batches if asked to', () => {
    expect(said(hooks.map(bare), { batches: false })).toHaveLength(8)
  })
})

describe('lambda', () => {
  it('has a hook for every event of training, testing and prediction, with what Keras gives it', async () => {
    const calls: Array<unknown> = []
    const names = hooks.flatMap((tag) => {
      const keras = `on${tag}`
      return tag.startsWith('Batch') ? [keras, `onTrain${tag}`] : [keras]
    })
    const all = Object.fromEntries(
      names.map((hook) => [hook, (...args: ReadonlyArray<unknown>) => void calls.push([hook, ...args])]),
    )
    const asked = machine
      .run(lambda(all))(hooks.map(bare) as Events)[0]
      .flat()
    for (const command of asked) if (command._tag === 'Run') await command.task()
    const logs = { loss: 1, acc: 2 }
    expect(calls).toHaveLength(16)
    expect(calls).toContainEqual(['onEpochEnd', 1, logs])
    expect(calls).toContainEqual(['onTrainBatchEnd', 2, logs])
    expect(calls).toContainEqual(['onTestBatchBegin', 2, logs])
    expect(calls).toContainEqual(['onPredictEnd', logs])
  })
})
