import { describe, expect, it } from 'vitest'
import { encodeJson, earlyStopping, stopTraining, toSpec, type TrainEnd, type TrainingEvent } from 'rxfit'
import { fromEpochs, LogError, readLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { eventLines, headerLine } from '../../src/runtime/record.js'
import { temporary } from './temp.js'

const { file } = temporary()

const policy = earlyStopping({ patience: 1 })
const params = { epochs: 3, initialEpoch: 0, steps: null, samples: null, batchSize: null, metrics: ['val_loss'] }
const header = headerLine(toSpec(policy), params)

/** The record of a run that a driver would have written: events, and what the policy asked for at each. */
const recordOf = (values: ReadonlyArray<number>, end?: { readonly reason?: string }): string => {
  const log = fromEpochs(
    values.map((val_loss) => ({ val_loss })),
    { learningRate: 0.5 },
  )
  const last = log.events.at(-1) as TrainingEvent
  const trainEnd: TrainEnd = { ...last, logs: {}, batch: null, _tag: 'TrainEnd', ...end }
  let state = policy.init
  const lines = [...log.events, ...(end ? [trainEnd] : [])].map((event) => {
    const planned = event._tag === 'TrainBegin' ? { ...event, params } : event
    const [asked, next] = policy.step(state, planned as never)
    state = next
    return eventLines(planned, asked)
  })
  return header + lines.join('')
}

const refusal = (text: string) => readLog(file(text)).catch((error: unknown) => error) as Promise<LogError>

describe('an rxfit record', () => {
  it('gives back the events, and the commands beside them', async () => {
    const log = await readLog(file(recordOf([3, NaN, 4], {})))
    expect(log).toMatchObject({ format: 'rxfit', epochs: 3, hasLearningRate: true, metrics: ['val_loss'] })
    expect(log.events.filter((e) => e._tag === 'EpochEnd').map((e) => [e.logs['val_loss'], e.lr])).toEqual([
      [3, 0.5],
      [NaN, 0.5],
      [4, 0.5],
    ])
    expect(log.commands?.map(({ epoch, command }) => [epoch, command['_tag']])).toContainEqual([1, 'StopTraining'])
  })

  it('shows that a replay decides as the live run did', async () => {
    const log = await readLog(file(recordOf([3, 4], { reason: 'val_loss has not improved for 1 epoch' })))
    const { decisions, outcome } = replay(policy, log)
    expect(outcome.verdict).toBe('exact')
    expect(
      encodeJson(decisions.map(({ epoch, command, by, why }) => ({ epoch, command: { ...command, by, why } }))),
    ).toEqual(log.commands?.map(({ epoch, command }) => ({ epoch, command })))
  })

  it.each<[string, ReadonlyArray<number>, { reason?: string } | undefined, string]>([
    ['completed', [3, 2, 1], {}, 'completed'],
    ['stopped for a reason', [3, 2, 1], { reason: 'enough' }, 'stopped'],
    ['ended early', [3, 2], {}, 'stopped'],
    ['broken off', [3, 2, 1], undefined, 'unknown'],
  ])('%s', async (_, values, end, expected) => {
    expect((await readLog(file(recordOf(values, end)))).end).toBe(expected)
  })

  it('decodes numbers that JSON cannot hold, everywhere', async () => {
    const event = {
      _tag: 'EpochEnd',
      epoch: 0,
      batch: null,
      step: 0,
      at: 0,
      lr: 1,
      logs: { a: -Infinity, b: NaN },
    } as const
    expect((await readLog(file(header + eventLines(event, [])))).events).toEqual([event])
  })

  it('takes the last of several runs', async () => {
    const log = await readLog(file(recordOf([3, 2]) + recordOf([9])))
    expect(log.epochs).toBe(1)
    expect(log.notes[0]).toMatch(/^2 runs in this file: the last is taken, from line \d+ on$/)
  })

  it('leaves out a torn last line', async () => {
    const whole = recordOf([3, 2])
    const log = await readLog(file(whole.slice(0, -9)))
    expect(log.epochs).toBe(1)
    expect(log.notes.at(-1)).toMatch(/^line \d+: cut off in the middle, left out$/)
  })

  it('finds a run behind another that broke off in the middle of a line', async () => {
    const log = await readLog(file(recordOf([3, 2]).slice(0, -9) + recordOf([9, 8, 7])))
    expect(log.epochs).toBe(3)
  })

  const event = { _tag: 'EpochEnd', epoch: 0, batch: null, step: 0, at: 0, lr: 1, logs: {} }
  const body = (what: object): string => `${JSON.stringify({ event: what })}\n`
  const line = (what: object): string => header + body(what)
  it.each<[string, string, number, string]>([
    ['a newer version', header.replace('"version":1', '"version":2'), 1, 'a newer rxfit is needed'],
    ['no version', '{"rxfit":"record"}\n', 1, 'expected the header'],
    ['no header', `${JSON.stringify({ event })}\n`, 1, 'expected the header'],
    ['no events', header, 1, 'no events'],
    ['a broken line in the middle', `${header}{"event":\n${JSON.stringify({ event })}\n`, 2, 'not a JSON object'],
    ['a line of another kind', `${header}{"evnt":1}\n`, 2, 'expected {"event": …} or {"command": …}'],
    ['an unknown event', `${header}${JSON.stringify({ event: { ...event, _tag: 'X' } })}\n`, 2, 'event._tag must be'],
    [
      'a metric that is no number',
      `${header}${JSON.stringify({ event: { ...event, logs: { a: 'b' } } })}\n`,
      2,
      'logs.a must be a number',
    ],
    ['a rate below 0', line({ ...event, lr: -1 }), 2, 'event.lr must be a rate, finite and 0 or more, got -1'],
    [
      'a rate that is none',
      line({ ...event, lr: 'NaN' }),
      2,
      'event.lr must be a rate, finite and 0 or more, got "NaN"',
    ],
    [
      'falling epochs',
      line({ ...event, epoch: 2 }) + body({ ...event, epoch: 1 }),
      3,
      'event.epoch must rise, got 1 after 2',
    ],
    ['an epoch that ends twice', line(event) + body(event), 3, 'got 0 after the end of epoch 0'],
    ['no plan', line({ ...event, _tag: 'TrainBegin', params: {} }), 2, 'event.params.epochs must be a whole number'],
    ['no plan in the header', header.replace(/"epochs":\d+/, '"epochs":-1') + body(event), 1, 'params.epochs must be'],
    ['missing 5', line({ ...event, missing: 5 }), 2, 'event.missing must be a list of names, got 5'],
    ['a save of nothing', line({ ...event, _tag: 'Saved' }), 2, 'event.path must be a text, got nothing'],
    ['a failure of nothing', line({ ...event, _tag: 'CommandFailed' }), 2, 'event.command must be a text'],
    ['a number too large', line(event).replace('"logs":{}', '"logs":{"a":1e400}'), 2, 'logs.a must be a number'],
    ['a deep line', `${header}{"event":${'['.repeat(1e5)}${']'.repeat(1e5)}}\n`, 2, ''],
    [
      'a deep value',
      line(event).replace('{}', `{"a":${'['.repeat(9e3)}${']'.repeat(9e3)}}`),
      2,
      'logs.a must be a number',
    ],
    ['a command without its place', `${header}${JSON.stringify({ command: stopTraining() })}\n`, 2, 'epoch must be'],
  ])('refuses %s', async (_, text, line, message) => {
    const error = await refusal(text)
    expect(error).toBeInstanceOf(LogError)
    expect(error.line).toBe(line)
    expect(error.message).toContain(message)
  })
})
