import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import * as rx from 'rxfit'
import { fromSpec, SpecError, toSpec, type Policy, type SpecFunctions } from 'rxfit'
import { commands, events, firings } from 'rxfit/testing'
import { commandTags } from '../../src/builtins/spec/commands.js'
import { kinds } from '../../src/builtins/fromSpec.js'

type Rest = readonly [functions?: SpecFunctions, extras?: { readonly commands?: ReadonlyArray<string> }]

/** Everything wrong, a line each. */
const wrong = (json: unknown, ...rest: Rest): ReadonlyArray<string> => {
  const made = fromSpec(json, ...rest)
  if (E.isRight(made)) return []
  expect(made.left).toBeInstanceOf(SpecError)
  return made.left.message.split('\n')
}
const right = (json: unknown, ...rest: Rest): Policy => {
  const made = fromSpec(json, ...rest)
  if (E.isLeft(made)) throw made.left
  return made.right
}
const everyN = { kind: 'everyN', options: { n: 2 } }
const monitor = { kind: 'monitor', options: { metric: 'loss' } }
const cosine = { kind: 'cosine', options: { initial: 1, steps: 2 } }
const stop = { commands: { _tag: 'StopTraining', reason: 'x' } }
const emit = (...children: ReadonlyArray<unknown>) => ({ kind: 'emit', options: stop, children })
const asked = (command: unknown) => ({ kind: 'emit', options: { commands: command }, children: [everyN] })

describe('and, or', () => {
  const n = (n: number) => ({ kind: 'everyN', options: { n } })
  const at = (kind: string) =>
    commands(right(emit({ kind, children: [n(2), n(3), n(5)] })), Array(30).fill({})).map(
      (command) => (command.why?.['epochs'] as number) - 1,
    )
  it('take all their children', () => {
    expect(at('and')).toEqual([29])
    expect(at('or')).toHaveLength(22)
    expect(at('or')).toEqual(firings(rx.or(rx.everyN(2), rx.everyN(3), rx.everyN(5)), Array(30).fill({})))
  })
})

describe('unknown options', () => {
  it.each([
    [{ kind: 'idle', options: { x: 1 } }, ['idle.x: unknown option; there is none']],
    [
      emit({ kind: 'everyN', options: { n: 6, units: 'batches' } }),
      ["emit.children[0].everyN.units: unknown option (did you mean 'unit'?); there is n, unit"],
    ],
    [
      emit({ kind: 'whenBelow', options: { limit: 1, foo: 2 }, children: [monitor] }),
      ['emit.children[0].whenBelow.foo: unknown option; there is limit'],
    ],
    [
      { learningRateScheduler: { schedul: cosine } },
      [
        "learningRateScheduler.schedul: unknown option (did you mean 'schedule'?); there is schedule, verbose, dialect",
        'learningRateScheduler.schedule: must be a schedule, such as {"cosine": {"initial": 0.1, "steps": 50}}, got nothing',
      ],
    ],
  ])('%j', (json, expected) => expect(wrong(json)).toEqual(expected))

  const code = ['map', 'fromOperator', 'syncDirectory']
  it.each(kinds.filter((kind) => !code.includes(kind)))('of %s are refused', (kind) => {
    expect(wrong({ kind, options: { zzzzzzzz: 1 } }).join('\n')).toContain(`${kind}.zzzzzzzz: unknown option`)
    expect(wrong({ [kind]: { ['__proto__']: 1, zzzzzzzz: 1 } }).join('\n')).toContain(
      `${kind}.zzzzzzzz: unknown option`,
    )
  })
  it('are told with everything else that is wrong', () => {
    const json = [
      emit({ kind: 'cooldown', options: { n: -1, m: 1 }, children: [{ kind: 'everyN', options: { n: 0, units: 1 } }] }),
      { earlystopping: {} },
      { earlyStopping: { patiense: 3, minDelta: 'x' } },
    ]
    expect(wrong(json).map((line) => line.split(':')[0])).toEqual([
      '[0].emit.children[0].cooldown.m',
      '[0].emit.children[0].cooldown.children[0].everyN.units',
      '[0].emit.children[0].cooldown.children[0].everyN.n',
      '[0].emit.children[0].cooldown.n',
      '[1].earlystopping',
      '[2].earlyStopping.patiense',
      '[2].earlyStopping.minDelta',
    ])
  })
  it('and fields of a spec too', () => {
    expect(wrong({ kind: 'earlyStopping', option: { patience: 3 } })).toEqual([
      'earlyStopping.option: unknown field (did you mean \'options\'?); beside "kind" there is "options" and "children"',
    ])
    expect(wrong({ kind: 'earlyStopping', patience: 3 })[0]).toMatch(/^earlyStopping\.patience: unknown field/)
  })
})

describe('children', () => {
  const idle = { kind: 'idle' }
  it.each([
    [[emit({ kind: 'earlyStopping' })], "[0].emit.children[0]: must be a trigger, got the policy 'earlyStopping'"],
    [emit(), 'emit: must have 1 child, a trigger; got 0'],
    [emit(everyN, everyN), 'emit: must have 1 child, a trigger; got 2'],
    [{ kind: 'all', children: [idle, everyN] }, "all.children[1]: must be a policy, got the trigger 'everyN'"],
    [{ kind: 'earlyStopping', children: [idle] }, 'earlyStopping: takes no children, got 1'],
    [{ kind: 'scheduleLR', children: [cosine, cosine] }, 'scheduleLR: must have at most 1 child, a schedule; got 2'],
    [
      { kind: 'scheduleLR', children: [monitor] },
      "scheduleLR.children[0]: must be a schedule, got the signal 'monitor'",
    ],
    [
      { kind: 'enrich', children: [{ kind: 'derive', options: { metric: 'x' }, children: [monitor] }] },
      'enrich: must have 2 children, an enricher, then a policy or a signal or a trigger; got 1',
    ],
    [{ kind: 'enrich', children: [idle, idle] }, "enrich.children[0]: must be an enricher, got the policy 'idle'"],
    [emit({ kind: 'and' }), 'emit.children[0].and: must have at least 1 child, each a trigger; got 0'],
    [everyN, "spec: must be a policy, got the trigger 'everyN'"],
    [[{ cosine: { initial: 1, steps: 2 } }], "[0]: must be a policy, got the schedule 'cosine'"],
    [
      { kind: 'scheduleLR', options: { schedule: cosine }, children: [cosine] },
      'scheduleLR.schedule: is there twice: as an option and as a child',
    ],
    [
      { scheduleLR: { schedule: { join: { schedules: [cosine, 3], boundaries: [1] } } } },
      'scheduleLR.schedule.join.schedules[1]: must be a schedule, such as {"cosine": {"initial": 0.1, "steps": 50}}, got 3',
    ],
    [
      { scheduleLR: { schedule: { join: { boundaries: [1] } } } },
      'scheduleLR.schedule.join.schedules: must be a list of schedules, got nothing',
    ],
  ])('%j', (json, message) => expect(wrong(json)).toEqual([message]))
  it('of every kind are counted', () => {
    for (const kind of kinds) expect(wrong({ kind, children: Array(300).fill(3) }), kind).not.toEqual([])
  })
})

describe('commands', () => {
  it.each([
    [{ _tag: 'SetLearningRate', value: '0.1' }, 'emit.commands.value: must be number, got "0.1"'],
    [{ _tag: 'SetLearningRate', value: 'NaN' }, 'emit.commands.value: must be number, got "NaN"'],
    [{ _tag: 'SetLearningRate', value: NaN }, 'emit.commands.value: must be number, got "NaN"'],
    [{ _tag: 'ScaleLearningRate', factor: -1 }, 'emit.commands.factor: must be 0 or more, got -1'],
    [[{ _tag: 'SaveModel', path: '' }], 'emit.commands[0].path: must not be empty, got ""'],
    [
      { _tag: 'SaveModel', path: 'a', what: 'all' },
      'emit.commands.what: must be ("model" | "weights" | "checkpoint"), got "all"',
    ],
    [
      { _tag: 'StopTraining', reasn: 'x' },
      "emit.commands.reasn: unknown option (did you mean 'reason'?); there is reason, pause, by, why",
    ],
    [{ _tag: 'StopTrainin' }, 'emit.commands._tag: unknown command "StopTrainin" (did you mean \'StopTraining\'?)'],
    [
      { _tag: 'Page' },
      'emit.commands._tag: unknown command "Page" (a command of your own has to be named: fromSpec(json, functions, { commands: ["Page"] }))',
    ],
    [{ _tag: 'constructor' }, /unknown command "constructor"/],
    [{ _tag: 'Run', label: 'x' }, /emit.commands: a Run holds a function/],
    [3, 'emit.commands: must be a command with a "_tag", got 3'],
    [undefined, 'emit.commands: must be a command with a "_tag", got nothing'],
  ])('%j', (command, message) => {
    const [first, ...more] = wrong(asked(command))
    if (typeof message === 'string') expect(first).toBe(message)
    else expect(first).toMatch(message)
    expect(more).toEqual([])
  })
  it('all that is wrong with them', () =>
    expect(wrong(asked([{ _tag: 'Log' }, { _tag: 'Progress', line: 3 }]))).toHaveLength(3))
  it('of the user’s own are named', () => {
    const page = { _tag: 'Page', text: 'half way' }
    expect(toSpec(right(asked([page]), {}, { commands: ['Page'] })).options).toEqual({ commands: [page] })
    expect(wrong(asked({ _tag: 'Pag' }), {}, { commands: ['Page'] })[0]).toContain("did you mean 'Page'?")
  })
  it('go through JSON and back', () => {
    const list = [
      rx.stopTraining(),
      rx.setLR(0.1),
      { ...rx.reduceLR(0.5), float32: true as const },
      rx.saveModel('m-{epoch}'),
      { _tag: 'BackUp' as const, dir: 'backups' },
      rx.deleteModel('m'),
      rx.snapshotWeights(),
      rx.restoreWeights(),
      rx.averageWeights('m', 0.5),
      rx.trackAverage('e', 0.99, { overwriteEvery: 5 }),
      rx.swapWeights('e'),
      rx.accumulateGradients(4),
      rx.setGradientClipping('global', 1),
      rx.trackGradientNorms('n', { every: 2 }),
      rx.reportGradientNorms('n'),
      rx.keepGradients(),
      rx.freeze('a', 'b*'),
      rx.unfreeze('a'),
      rx.httpPost('http://x', '{}', { a: 'b' }),
      { _tag: 'Evaluate' as const, name: 'h', prefix: 'h_', metrics: ['f1', { fBeta: { beta: 2 } }], batchSize: 32 },
      {
        _tag: 'Draw' as const,
        drawing: { imageGrid: { count: 4 } },
        title: 'epoch 1',
        name: 'h',
        batchSize: 32,
        path: 'p.png',
        gif: { path: 'p.gif', frame: 0, seconds: 0.5 },
        board: { path: 'logs', tag: 'p', step: 0 },
        curves: { epochs: [0, 1], values: { loss: [1, null] } },
      },
      rx.appendRow('a', 'b', { header: 'c', truncate: true }),
      { _tag: 'Remember' as const, name: 'h', epoch: 0, logs: { loss: NaN, x: 1 }, lr: Infinity },
      { ...rx.log('x'), by: 'me', why: { a: 1, b: 'x', c: null, d: true } },
      { _tag: 'Progress' as const, line: 'x', done: true },
      rx.writeScalar('logs', 'x', NaN, 3),
      rx.writeHistogram('logs', 'x', [1, Infinity], 3),
      rx.writeImage('logs', 'x', { png: 'iVBO' }, 3),
      rx.writeText('logs', 'x', 'y', 3),
      rx.writeGraph('logs'),
      rx.writeHParams('logs', { rate: 0.1, on: true }, [{ tag: 'loss', group: '' }]),
      rx.writeHParamsEnd('logs'),
      rx.writeEmbeddings('logs', { words: 'words.tsv' }),
      rx.startProfile(),
      rx.writeProfile('logs', 'profile', 3),
    ]
    expect(list.map((command) => command._tag)).toEqual(commandTags)
    const policy = rx.emit(list)(rx.everyN(1))
    const spec: unknown = JSON.parse(JSON.stringify(toSpec(policy)))
    const again = right(spec)
    expect(JSON.parse(JSON.stringify(toSpec(again)))).toEqual(spec)
    expect(commands(again, [{}])).toEqual(commands(policy, [{}]))
  })
  it('what a constructor fills in may be left out', () => {
    const [command] = commands(right(asked({ _tag: 'ScaleLearningRate', factor: 0.5 })), [{}, {}])
    expect(command).toMatchObject(rx.reduceLR(0.5))
  })
})

describe('never throws', () => {
  const nested = (n: number, wrap: (inner: unknown) => unknown, inner: unknown): unknown => {
    let json = inner
    for (let i = 0; i < n; i += 1) json = wrap(json)
    return json
  }
  const all = (inner: unknown) => ({ kind: 'all', children: [inner] })
  const deep = ['spec: is nested deeper than 200 levels']
  it.each([
    ['100k lists', nested(100_000, (x) => [x], 1)],
    ['100k objects', { earlyStopping: nested(100_000, (x) => ({ x }), 1) }],
    ['100k one-key forms', nested(100_000, (x) => ({ scale: { schedule: x } }), 1)],
    ['3000 all', nested(3000, all, { kind: 'idle' })],
    ['shared and deep', nested(3000, (x) => ({ kind: 'all', children: [x, x] }), { kind: 'idle' })],
  ])('%s', (_, json) => expect(wrong(json)).toEqual(deep))
  it('200 levels are fine', () => {
    expect(wrong(nested(199, all, { kind: 'idle' }))).toEqual([])
    expect(wrong(nested(200, all, { kind: 'idle' }))).toEqual(deep)
  })
  it('what holds itself', () => {
    const list: Array<unknown> = []
    list.push(list, list)
    expect(wrong(list)[0]).toBe("[0]: holds itself, which JSON can't")
    const object: Record<string, unknown> = { kind: 'all' }
    object['children'] = [object]
    expect(wrong(object)).toEqual(["children[0]: holds itself, which JSON can't"])
  })
  it('a list of 100k', () => {
    const policy = right(Array(100_000).fill({ kind: 'idle' }))
    expect(toSpec(policy).children).toHaveLength(100_000)
    expect(wrong(Array(100_000).fill(3))).toHaveLength(100_000)
    expect(wrong(emit({ kind: 'and', children: Array(100_000).fill(everyN) }))).toEqual([
      'emit.children[0].and: must have at most 200 children, each a trigger; got 100000',
    ])
  })
  it('what JSON can’t hold', () => {
    expect(wrong([{ earlyStopping: { patience: 3n } }])).toEqual([
      "[0].earlyStopping.patience: is the BigInt 3, which JSON can't hold",
    ])
    expect(wrong(asked(3n))[0]).toBe("options.commands: is the BigInt 3, which JSON can't hold")
    expect(wrong(3n)[0]).toContain('BigInt')
    expect(wrong(Symbol('x'))[0]).toContain('symbol')
    for (const json of [undefined, null, 3, 'x', true, () => 1, new Date(0), new Map()])
      expect(wrong(json)).toHaveLength(1)
  })
  it('a getter that throws', () => {
    const json = {
      get kind() {
        throw new Error('no')
      },
    }
    expect(wrong(json)).toEqual(["spec: can't be read: no"])
  })
  it('functions that are none', () => {
    const json = { kind: 'on', options: { event: 'EpochEnd', f: { $function: 'f' } } }
    const message = "on.f: is a function, which JSON can't hold: pass it as fromSpec(json, { f: … })"
    for (const functions of [null, undefined, {}, { f: 3 }, 3, Object.create({ f: () => undefined })])
      expect(wrong(json, functions as never)).toEqual([message])
    expect(wrong(json, {}, null as never)).toEqual([message])
    expect(wrong({ on: { event: 'EpochEnd', f: { $function: {} } } })).toEqual(['on.f: must name a function, got {}'])
    expect(wrong({ lambda: { onEpochEnd: 3 } })).toHaveLength(1)
  })
})

describe('messages', () => {
  it.each([
    [{ kind: 3 }, 'spec: must have a "kind" that is a string, got 3'],
    [[{ kind: null }], '[0]: must have a "kind" that is a string, got null'],
    [{ kind: 'all', children: {} }, 'all.children: must be a list, got {}'],
    [[{ kind: 'all', children: 3 }], '[0].all.children: must be a list, got 3'],
    [{ kind: 'idle', options: null }, 'idle: must be an object of options, got null'],
    [{ earlyStopping: [] }, 'earlyStopping: must be an object of options, got []'],
    [{ kind: 'map', children: [monitor] }, /^map: a mapped signal holds a function/],
    [{}, "callbacks: must have one key, the callback's name, got 0"],
  ])('%j', (json, message) => {
    const [first, ...more] = wrong(json)
    if (typeof message === 'string') expect(first).toBe(message)
    else expect(first).toMatch(message)
    expect(more).toEqual([])
  })
  it('the error has its own name', () => {
    const made = fromSpec({})
    expect(E.isLeft(made) && [made.left.name, made.left._tag, String(made.left)]).toEqual([
      'SpecError',
      'OptionError',
      "SpecError: callbacks: must have one key, the callback's name, got 0",
    ])
    expect(new rx.OptionError([]).name).toBe('OptionError')
  })
})

describe('arguments in code', () => {
  const p = rx.idle
  const t = rx.everyN(1)
  const s = rx.monitor('loss')
  const any = (f: unknown) => f as (...args: ReadonlyArray<unknown>) => (...args: ReadonlyArray<unknown>) => unknown
  it.each([
    ['and()', () => any(rx.and)(), 'and: argument 0 is not a trigger, got nothing'],
    ['and(t, p)', () => any(rx.and)(t, p), "and: argument 1 is not a trigger, got the policy 'idle'"],
    ['or()', () => any(rx.or)(), 'or: argument 0 is not a trigger, got nothing'],
    ['or([t])', () => any(rx.or)([t]), 'or: argument 0 is not a trigger, got [null]'],
    ['not()', () => any(rx.not)(), 'not: argument 0 is not a trigger, got nothing'],
    ['all([p])', () => any(rx.all)([p]), 'all: argument 0 is not a policy, got [null]'],
    ['all(p, null)', () => any(rx.all)(p, null), 'all: argument 1 is not a policy, got null'],
    ['named', () => any(rx.named('x'))(t), "named: argument 0 is not a policy, got the trigger 'everyN'"],
    ['enrich()', () => any(rx.enrich)(p)(p), "enrich: argument 0 is not an enricher, got the policy 'idle'"],
    [
      'enrich(e)()',
      () => any(rx.enrich)(rx.derive('x', s))(rx.constant(1)),
      "enrich: argument 0 is not a policy or a signal or a trigger, got the schedule 'constant'",
    ],
    ['emit(null)', () => any(rx.emit)(null), /^emit: must be given a command, .*, got null$/],
    ['emit()', () => any(rx.emit)(), /got nothing$/],
    ['emit([3])', () => any(rx.emit)([3]), /got 3 in a list$/],
    ['emit({})', () => any(rx.emit)({}), /got {}$/],
    ['emit(p)', () => any(rx.emit)(p), /got the policy 'idle'$/],
    ['emit(…)(s)', () => any(rx.emit(rx.log('x')))(s), "emit: argument 0 is not a trigger, got the signal 'monitor'"],
    ['earlyStopping(null)', () => any(rx.earlyStopping)(null), 'earlyStopping: must be an object of options, got null'],
    ['earlyStopping([])', () => any(rx.earlyStopping)([]), 'earlyStopping: must be an object of options, got []'],
    ['reduceLROnPlateau(3)', () => any(rx.reduceLROnPlateau)(3), /^reduceLROnPlateau: must be an object of options/],
    ['modelCheckpoint()', () => any(rx.modelCheckpoint)(), /^modelCheckpoint: must be an object of options/],
    ['history(null)', () => any(rx.history)(null), 'history: must be an object of options, got null'],
    ['cosine([])', () => any(rx.cosine)([]), 'cosine: must be an object of options, got []'],
    ['lambda()', () => any(rx.lambda)(), 'lambda: must be an object of options, got nothing'],
    ['stopIf(f, 3)', () => any(rx.stopIf)(() => true, 3), /^stopIf.reason: must be string/],
  ])('%s', (_, make, message) => {
    try {
      make()
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(rx.OptionError)
      if (typeof message === 'string') expect((error as Error).message).toBe(message)
      else expect((error as Error).message).toMatch(message)
    }
  })

  const thrown = (policy: Policy): unknown => {
    try {
      rx.machine.run(policy)(events([{ loss: 1 }]))
      return undefined
    } catch (error) {
      expect(error).toBeInstanceOf(rx.OptionError)
      return (error as Error).message
    }
  }
  const itself: Record<string, unknown> = {}
  itself['itself'] = itself
  const answers = [
    [Promise.resolve(true), 'a promise'],
    [3, '3'],
    ['', '""'],
    [{}, '{}'],
    [itself, 'an object'],
    [() => 1, 'a function'],
  ] as const
  it.each([...answers, [undefined, 'nothing'], [null, 'null']] as const)('stopIf refuses %o', (answer, what) => {
    const message = `stopIf: the predicate must give true or false, got ${what}`
    expect(thrown(rx.stopIf(() => answer as never))).toBe(message)
  })
  it.each([...answers, [[null], 'null in its list'], [[rx.log('x'), 3], '3 in its list']] as const)(
    'on and emit refuse %o',
    (answer, what) => {
      const message = `the function must give commands or nothing, got ${what}`
      expect(thrown(rx.on('EpochEnd', () => answer as never))).toBe(`on: ${message}`)
      expect(thrown(rx.emit(() => answer as never)(t))).toBe(`emit: ${message}`)
    },
  )
  it.each([undefined, null, []])('%j is no command', (answer) => {
    expect(
      commands(
        rx.on('EpochEnd', () => answer as never),
        [{}],
      ),
    ).toEqual([])
    expect(commands(rx.emit(() => answer as never)(t), [{}])).toEqual([])
  })
})
