import { pipe } from 'fp-ts/lib/function.js'
import { bufferCount, concatMap, map, timer, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  all,
  cosine,
  derive,
  emit,
  enrich,
  everyN,
  explain,
  fromOperator,
  idle,
  lambda,
  log,
  machine,
  MissingMetric,
  monitor,
  named,
  on,
  PolicyError,
  reduceLR,
  requires,
  saveModel,
  scheduleLR,
  ScheduleError,
  setLR,
  stopIf,
  stopTraining,
  toSpec,
  whenAbove,
  whenNaN,
  type Command,
  type Policy,
  type Schedule,
  type TrainingEvent,
} from 'rxfit'
import { commands, events } from 'rxfit/testing'
import { optionError } from './helpers.js'

const hello = (message: string): Policy => emit(log(message))(everyN(1))
const messages = (policy: Policy, rows: Parameters<typeof commands>[1]): ReadonlyArray<string> =>
  commands(policy, rows).flatMap((command) => (command._tag === 'Log' ? [command.message] : []))

describe('emit', () => {
  it('adds who and why, where the command does not say', () => {
    const [first, second] = commands(emit([log('x'), { ...log('y'), by: 'me' }])(everyN(1)), [{}])
    expect(first).toEqual({ ...log('x'), by: 'everyN', why: { epochs: 1 } })
    expect(second?.by).toBe('me')
  })
  it('fills in paths, epochs from 1', () => {
    const save = emit(saveModel('m-{epoch:03d}-{loss:.1f}'))(everyN(1))
    expect(commands(save, [{ loss: 0.25 }])[0]).toMatchObject({ path: 'm-001-0.2' })
  })
  it('a path that names no metric of the run fails', () => {
    expect(() => commands(emit(saveModel('{los}'))(everyN(1)), [{ loss: 1 }])).toThrow('los')
  })
  it('a function may ask for nothing', () => expect(commands(emit(() => undefined)(everyN(1)), [{}])).toEqual([]))
  it('a function sees the event and the numbers', () => {
    const policy = emit((event, why) => log(`${event.epoch} ${String(why['observed'])}`))(whenAbove('loss', 0))
    expect(messages(policy, [{ loss: 2 }])).toEqual(['0 2'])
  })
  it('says what it does to the learning rate', () => {
    expect(toSpec(emit(setLR(1))(everyN(1))).learningRate).toBe('sets')
    expect(toSpec(emit(reduceLR(0.5))(everyN(1))).learningRate).toBe('scales')
    expect(toSpec(emit(log('x'))(everyN(1))).learningRate).toBeUndefined()
  })
})

describe('all', () => {
  it('asks in the order in which policies stand', () =>
    expect(messages(all(hello('a'), hello('b')), [{}])).toEqual(['a', 'b']))
  it('of none is quiet', () => expect(commands(all(), [{}])).toEqual([]))
  it('names the policy that failed, and where', () => {
    const broken = on('EpochEnd', () => {
      throw new Error('no such thing')
    })
    const run = () => commands(all(hello('a'), named('mine')(broken)), [{}])
    expect(run).toThrow(PolicyError)
    expect(run).toThrow("policy 'mine' failed at EpochEnd of epoch 0 (0-based): no such thing")
  })
  it('keeps the cause', () => {
    const cause = new Error('x')
    const broken = on('EpochEnd', () => {
      throw cause
    })
    try {
      commands(all(broken), [{}])
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        _tag: 'PolicyError',
        policy: 'on',
        cause,
        at: { event: 'EpochEnd', epoch: 0, batch: null },
      })
    }
  })
  it('the innermost of nested ones is named', () => {
    const broken = named('inner')(
      on('EpochEnd', () => {
        throw new Error('x')
      }),
    )
    expect(() => commands(all(all(broken)), [{}])).toThrow("policy 'inner' failed")
  })
  it('a mistyped metric names the policy and the nearest', () => {
    const policy = all(hello('a'), emit(stopTraining())(whenNaN('lss')))
    expect(() => commands(policy, [{ loss: 1 }])).toThrow(
      "policy 'emit(lss)' failed at EpochEnd of epoch 0 (0-based): metric 'lss' is not reported at EpochEnd of epoch 0 (0-based): there is loss (did you mean 'loss'?)",
    )
  })
  it('joins metrics, events and what is done to the learning rate', () => {
    const spec = toSpec(all(emit(setLR(1))(everyN(1)), emit(reduceLR(0.5))(whenNaN('acc', { at: 'BatchEnd' }))))
    expect(spec).toMatchObject({ metrics: ['acc'], events: ['EpochEnd', 'BatchEnd'], learningRate: 'sets' })
  })
})

describe('idle', () => {
  it('is quiet', () => expect(commands(idle, [{}])).toEqual([]))
  it('needs nothing', () => expect(requires(idle)).toEqual([]))
})

describe('named', () => {
  it('is who asked', () => expect(commands(named('me')(hello('x')), [{}])[0]?.by).toBe('me'))
  it('keeps the reasons', () => expect(commands(named('me')(hello('x')), [{}])[0]?.why).toEqual({ epochs: 1 }))
  it('needs a name', () => expect(optionError(() => named('')(idle)).message).toContain('must not be empty'))
})

describe('on', () => {
  it('makes commands of one kind of event', () => {
    expect(
      messages(
        on('EpochBegin', (e) => [log(`${e.epoch}`), log('!')]),
        [{}, {}],
      ),
    ).toEqual(['0', '!', '1', '!'])
  })
  it('may ask for nothing', () =>
    expect(
      commands(
        on('EpochEnd', () => undefined),
        [{}],
      ),
    ).toEqual([]))
  it('refuses unknown events with those there are', () => {
    expect(optionError(() => on('epochEnd' as never, () => undefined)).message).toContain('"EpochEnd"')
  })
  it('refuses what is no function', () =>
    expect(optionError(() => on('EpochEnd', 'x' as never)).problems).toHaveLength(1))
})

describe('stopIf', () => {
  it('stops when the predicate holds', () => {
    const overfits = stopIf((e) => (e.logs['val_loss'] ?? 0) > (e.logs['loss'] ?? 0), 'overfitting')
    expect(
      commands(overfits, [
        { loss: 1, val_loss: 0.5 },
        { loss: 1, val_loss: 2 },
      ]),
    ).toEqual([{ ...stopTraining('overfitting'), by: 'stopIf', why: { loss: 1, val_loss: 2 } }])
  })
  it('a mistyped name throws, where undefined > 1 would be false for ever', () => {
    const run = () =>
      commands(
        stopIf((e) => (e.logs['val_los'] as number) > 1),
        [{ val_loss: 2 }],
      )
    expect(run).toThrow(MissingMetric)
    expect(run).toThrow("did you mean 'val_loss'?")
  })
  it('has no say where a metric was not measured', () => {
    const policy = stopIf((e) => !((e.logs['val_loss'] as number) < 1))
    expect(commands(policy, [{ loss: 1, val_loss: 0.5 }, { loss: 1 }])).toEqual([])
  })
  it('acc and accuracy stand for each other', () => {
    expect(
      commands(
        stopIf((e) => (e.logs['accuracy'] as number) > 0.5),
        [{ acc: 0.75 }],
      ),
    ).toHaveLength(1)
  })
  it('can ask which metrics there are', () => {
    expect(
      commands(
        stopIf((e) => 'acc' in e.logs && Object.keys(e.logs).length === 2),
        [{ acc: 1, loss: 1 }],
      ),
    ).toHaveLength(1)
  })
  it('NaN does not stop by comparison', () =>
    expect(
      commands(
        stopIf((e) => (e.logs['loss'] as number) > 1),
        [{ loss: NaN }],
      ),
    ).toEqual([]))
  it('the reason is the name of the predicate if no other', () => {
    const tooHigh = (): boolean => true
    expect(commands(stopIf(tooHigh), [{}])).toMatchObject([{ reason: 'tooHigh' }])
  })
  it('looks at batches when told to', () => {
    const policy = stopIf((e) => (e.logs['loss'] as number) > 1, 'x', { at: 'BatchEnd' })
    expect(commands(policy, [{ loss: 0, batches: [{ loss: 1 }, { loss: 2 }] }])).toHaveLength(1)
  })
  it('hands on what the predicate throws', () => {
    const policy = all(
      stopIf(() => {
        throw new TypeError('oops')
      }),
    )
    expect(() => commands(policy, [{}])).toThrow("policy 'stopIf' failed at EpochEnd of epoch 0 (0-based): oops")
  })
  it('refuses what is no function', () =>
    expect(optionError(() => stopIf('loss > 1' as never)).problems[0]?.path).toBe('stopIf.predicate'))
})

describe('scheduleLR', () => {
  const halving = cosine({ initial: 1, steps: 2 })
  const rates = (policy: Policy, rows: Parameters<typeof events>[0], options = {}) =>
    machine
      .run(policy)(events(rows, options))[0]
      .flat()
      .map((command) => (command._tag === 'SetLearningRate' ? command.value : NaN))
  it('sets the rate when an epoch begins, and only when it changes', () => {
    expect(rates(scheduleLR(halving), [{}, {}, {}, {}])).toEqual([1, 0.5, 0])
  })
  it('counts batches over all epochs when told to', () => {
    expect(rates(scheduleLR(halving, { per: 'batch' }), [{}, {}], { batchesPerEpoch: 2 })).toEqual([1, 0.5, 0])
  })
  it('multiplies the rate that training began with when relative', () => {
    expect(rates(scheduleLR(halving, { relative: true }), [{}, {}], { learningRate: 0.5 })).toEqual([0.5, 0.25])
  })
  it('counts from the epoch that a run begins with', () => {
    expect(rates(scheduleLR(halving), [{}], { initialEpoch: 1 })).toEqual([0.5])
  })
  it.each([NaN, Infinity, -1, '0.1'])('what gives %s is refused with its place', (value) => {
    const broken: Schedule = { ...halving, at: () => value as number }
    expect(() => rates(scheduleLR(broken), [{}])).toThrow(ScheduleError)
    expect(() => rates(scheduleLR(broken), [{}])).toThrow(`schedule 'cosine' gave ${value} at epoch 0 (0-based)`)
  })
  it('refuses what is no schedule', () =>
    expect(optionError(() => scheduleLR((() => 1) as never)).message).toContain('must be a schedule'))
  it('refuses bad options', () =>
    expect(optionError(() => scheduleLR(halving, { per: 'step' } as never)).problems[0]?.path).toBe('scheduleLR.per'))
})

describe('lambda', () => {
  const run = async (policy: Policy, rows: Parameters<typeof commands>[1]) => {
    for (const command of commands(policy, rows)) if (command._tag === 'Run') await command.task()
  }
  it("calls Keras' hooks with what Keras gives them", async () => {
    const heard: Array<unknown> = []
    const hear =
      (name: string) =>
      (...args: ReadonlyArray<unknown>) =>
        heard.push([name, ...args])
    await run(
      lambda({
        onTrainBegin: hear('train'),
        onEpochEnd: hear('epoch'),
        onBatchEnd: hear('batch'),
        onTrainBatchBegin: hear('begin'),
      }),
      [{ loss: 1, batches: [{ loss: 2 }] }],
    )
    expect(heard).toEqual([
      ['train', {}],
      ['begin', 0, {}],
      ['batch', 0, { loss: 2 }],
      ['epoch', 0, { loss: 1 }],
    ])
  })
  it('does nothing until its commands are run', () => {
    commands(
      lambda({
        onEpochEnd: () => {
          throw new Error('too early')
        },
      }),
      [{}],
    )
  })
  it('a hook that throws is a Left', async () => {
    const [command] = commands(lambda({ onEpochEnd: () => Promise.reject(new Error('x')) }), [{}])
    expect(command?._tag === 'Run' && (await command.task())).toMatchObject({ _tag: 'Left', left: { message: 'x' } })
  })
  it('refuses unknown hooks with the nearest', () => {
    const error = optionError(() => lambda({ onEpochFinish: () => 0, toString: () => '' } as never))
    expect(error.problems.map(({ path }) => path)).toEqual(['lambda.onEpochFinish', 'lambda.toString'])
    expect(error.message).toContain("did you mean 'onEpochBegin'?")
  })
  it('refuses what is no function', () =>
    expect(optionError(() => lambda({ onEpochEnd: 1 } as never)).problems).toHaveLength(1))
})

describe('fromOperator', () => {
  const pairs = fromOperator(
    'pairs',
    (events$) =>
      events$.pipe(
        bufferCount(2),
        map((two) => log(two.map((e) => e.logs['loss']).join())),
      ),
    { events: ['EpochEnd'] },
  )
  it('is any pipeline', () => expect(messages(pairs, [{ loss: 1 }, { loss: 2 }, { loss: 3 }])).toEqual(['1,2']))
  it('says who asked', () => expect(commands(pairs, [{ loss: 1 }, { loss: 2 }])[0]?.by).toBe('pairs'))
  it('explains itself by its name', () => expect(explain(pairs)).toContain('name=pairs'))
  it('resumes in the middle, from a state that went through a file', () => {
    const run = events([{ loss: NaN }, { loss: Infinity }]).filter((e) => e._tag === 'EpochEnd')
    const [, between] = machine.run(pairs)(run.slice(0, 1))
    const [asked] = machine.run(pairs, JSON.parse(JSON.stringify(between)) as machine.State)(run.slice(1))
    expect(asked.flat()).toMatchObject([{ message: 'NaN,Infinity' }])
  })
  it('two futures of one state do not disturb each other', () => {
    const [one, two, three] = events([{ loss: 1 }, { loss: 2 }, { loss: 3 }]).filter((e) => e._tag === 'EpochEnd')
    const [, past] = pairs.step(pairs.init, one as TrainingEvent)
    expect(pairs.step(past, two as TrainingEvent)[0]).toMatchObject([{ message: '1,2' }])
    expect(pairs.step(past, three as TrainingEvent)[0]).toMatchObject([{ message: '1,3' }])
  })
  it('names itself when the pipeline fails', () => {
    const broken = fromOperator('broken', (events$) =>
      events$.pipe(
        map((): Command => {
          throw new Error('x')
        }),
      ),
    )
    expect(() => commands(all(broken), [{}])).toThrow("policy 'broken' failed at TrainBegin of epoch 0 (0-based): x")
  })
  it('nothing waits for what comes later', () => {
    const late = fromOperator('late', (events$: Observable<TrainingEvent>) =>
      events$.pipe(concatMap((e) => timer(1e6).pipe(map(() => log(e._tag))))),
    )
    expect(commands(late, [{}])).toEqual([])
  })
  it('needs a name', () =>
    expect(optionError(() => fromOperator('', () => null as never)).problems[0]?.path).toBe('fromOperator.name'))
})

describe('derive and enrich', () => {
  const gap = derive('gap', (logs) => (logs['val_loss'] as number) - (logs['loss'] as number))
  const rows = [{ loss: 1, val_loss: 3 }, { loss: 1 }, { loss: 2, val_loss: 3 }]
  const seen = (policy: Policy) => commands(policy, rows).map((command) => command.why?.['observed'])
  it('a policy sees the metric', () => {
    expect(seen(pipe(whenAbove('gap', -9), emit(log('x')), enrich(gap)))).toEqual([2, 1])
  })
  it('a trigger does', () => {
    expect(seen(pipe(whenAbove('gap', -9), enrich(gap), emit(log('x'))))).toEqual([2, 1])
  })
  it('a signal does', () => {
    expect(seen(pipe(monitor('gap'), enrich(gap), (s) => whenAbove(s, -9), emit(log('x'))))).toEqual([2, 1])
  })
  it('the metric is not needed of the run any more', () => {
    const smooth = derive('smooth', monitor('loss'))
    expect(requires(enrich(smooth)(all(hello('x'), emit(log('x'))(whenAbove('smooth', 1)))))).toEqual(['loss'])
  })
  it('is absent where what it is made of was not measured', () => {
    const ends = machine
      .run(gap)(events(rows))[0]
      .filter((e) => e._tag === 'EpochEnd')
    expect(ends.map((e) => 'gap' in e.logs)).toEqual([true, false, true])
  })
  it('is missing there, not mistyped', () => {
    const ends = machine
      .run(gap)(events(rows))[0]
      .filter((e) => e._tag === 'EpochEnd')
    expect(ends[1]).toMatchObject({ missing: ['val_loss', 'gap'] })
  })
  it('a mistyped name in the function throws', () => {
    expect(() => machine.run(derive('x', (logs) => logs['lss'] as number))(events(rows))).toThrow(
      "did you mean 'loss'?",
    )
  })
  it('does not touch the event', () => {
    const run = events(rows)
    const before = JSON.stringify(run)
    machine.run(gap)(run)
    expect(JSON.stringify(run)).toBe(before)
  })
  it('a metric may have any name', () => {
    const [event] = machine
      .run(derive('__proto__', () => 7))(events([{ loss: 1 }]))[0]
      .filter((e) => e._tag === 'EpochEnd')
    expect(Object.entries(event?.logs ?? {})).toEqual([
      ['loss', 1],
      ['__proto__', 7],
    ])
  })
  it('but needs one', () => expect(optionError(() => derive('', () => 1)).problems[0]?.path).toBe('derive.metric'))
})
