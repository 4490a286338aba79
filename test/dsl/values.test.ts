import * as fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  all,
  attribute,
  completed,
  decodeNumber,
  directionOf,
  earlyStopping,
  encodeJson,
  encodeNumber,
  everyN,
  explain,
  idle,
  log,
  machine,
  MissingMetric,
  monitor,
  nearest,
  policy,
  reduceLR,
  requires,
  run,
  signal,
  steers,
  stopTraining,
  trigger,
  whenPlateau,
  type TrainingEvent,
} from 'rxfit'
import { events } from 'rxfit/testing'
import { check } from '../../src/dsl/Options.js'
import { around, draw, label, union } from '../../src/dsl/Spec.js'
import * as O from '../../src/dsl/Options.js'
import * as v from 'valibot'

describe('numbers as JSON', () => {
  it('come back as they were, but for the sign of 0', () => {
    fc.assert(
      fc.property(fc.double(), (x) => {
        expect(decodeNumber(JSON.parse(JSON.stringify(encodeNumber(x))) as number)).toBe(x + 0)
      }),
    )
  })
  it.each([NaN, Infinity, -Infinity])('%s is spelled out', (x) => expect(encodeNumber(x)).toBe(String(x)))
  it('inside values too, without functions and undefined fields', () => {
    expect(encodeJson({ a: [NaN, { b: -Infinity }], f: () => 0, u: undefined, n: null })).toEqual({
      a: ['NaN', { b: '-Infinity' }],
      n: null,
    })
  })
})

describe('directionOf', () => {
  it.each([
    ['loss', 'min'],
    ['val_loss', 'min'],
    ['val/loss', 'min'],
    ['decoder_loss', 'min'],
    ['val_accuracy', 'max'],
    ['AUC', 'max'],
    ['val_f1', 'max'],
    ['holdout_rocAuc', 'max'],
    ['train-eval_expectedCalibrationError', 'min'],
    ['metrics/mAP50-95(B)', 'max'],
    ['meanIoU', 'max'],
    ['eval_eval_loss', 'min'],
    ['val_', undefined],
    ['reward', undefined],
    ['accuracy_loss', 'min'],
    ['accident_rate', undefined],
    ['constructor', undefined],
    ['__proto__', undefined],
    ['', undefined],
  ])('of %s is %s', (metric, direction) => expect(directionOf(metric)).toBe(direction))
})

describe('nearest', () => {
  it('a name is nearest to itself', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.array(fc.string()), (name, others) => {
        expect(nearest(name, [...others, name])?.toLowerCase()).toBe(name.toLowerCase())
      }),
    )
  })
  it('never gives what is not there', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (name, candidates) => {
        expect([undefined, ...candidates]).toContain(nearest(name, candidates))
      }),
    )
  })
})

describe('MissingMetric', () => {
  it('of a run without metrics says so', () => {
    expect(new MissingMetric('loss', [], 'here').message).toBe(
      "metric 'loss' is not reported here: there is no metric at all",
    )
  })
})

describe('commands', () => {
  it.each([[NaN], [-1], [Infinity]])('a learning rate is not multiplied by %s', (factor) =>
    expect(() => reduceLR(factor)).toThrow(RangeError),
  )
  it.each([[NaN], [-1]])('nor held above %s', (min) => expect(() => reduceLR(1, { min })).toThrow(RangeError))
  it('stopping steers, talking observes, and one of your own is what it says', () => {
    const commands = [stopTraining(), log('x'), run('x', () => 0), run('x', () => 0, { observes: true })]
    expect(commands.map(steers)).toEqual([true, false, true, false])
  })
  it('an author stays', () =>
    expect(attribute({ ...log('x'), by: 'me' }, 'you', { n: 1 })).toEqual({ ...log('x'), by: 'me', why: { n: 1 } }))
  it('an effect that throws is a Left, whatever it throws', async () => {
    const fail = (thrown: unknown) =>
      run('x', () => {
        throw thrown
      }).task()
    expect(await fail(new RangeError('r'))).toMatchObject({ left: { message: 'r' } })
    expect(await fail('text')).toMatchObject({ left: { message: 'text' } })
    expect(await run('x', () => Promise.resolve(1)).task()).toEqual({ _tag: 'Right', right: undefined })
  })
})

describe('options', () => {
  const schema = v.strictObject({ size: O.positive, mode: O.mode })
  it('defaults are filled in', () =>
    expect(check('x', schema, { size: 1 })).toEqual({ ok: true, options: { size: 1, mode: 'auto' } }))
  it('all problems are told, each with its place', () => {
    expect(check('x', schema, { size: 0, mode: 'up', sizes: 1 })).toEqual({
      ok: false,
      problems: [
        { path: 'x.sizes', message: "unknown option (did you mean 'size'?); there is size, mode" },
        { path: 'x.size', message: 'must be 1 or more, got 0' },
        { path: 'x.mode', message: 'must be ("auto" | "min" | "max"), got "up"' },
      ],
    })
  })
  it.each(['constructor', 'toString', 'hasOwnProperty'])('%s is an unknown option', (name) => {
    expect(check('x', schema, { size: 1, [name]: 1 })).toMatchObject({ ok: false, problems: [{ path: `x.${name}` }] })
  })
  it('__proto__ is too', () => {
    const given: unknown = JSON.parse('{"size": 1, "__proto__": {"mode": "min"}}')
    expect(check('x', schema, given)).toMatchObject({ ok: false, problems: [{ path: 'x.__proto__' }] })
  })
  it.each(['text', 7, [1]])('%s is no object of options', (given) => expect(check('x', schema, given).ok).toBe(false))
  it('none are as an empty object', () => expect(check('x', v.strictObject({}), undefined).ok).toBe(true))
})

describe('specs', () => {
  const leaf = { kind: 'monitor', options: { metric: 'loss' }, metrics: ['loss'], events: ['EpochEnd' as const] }
  it('around others have their metrics and events, each once', () => {
    expect(around('and', {}, [leaf, leaf])).toEqual({
      kind: 'and',
      children: [leaf, leaf],
      metrics: ['loss'],
      events: ['EpochEnd'],
    })
  })
  it('who sets the learning rate outdoes who scales it', () => {
    const spec = around('all', {}, [
      { ...leaf, learningRate: 'scales' },
      { ...leaf, learningRate: 'sets' },
    ])
    expect(spec.learningRate).toBe('sets')
  })
  it('are drawn as trees', () => {
    expect(draw(around('a', { n: 1, f: { $function: 'g' }, l: [1, 2] }, [around('b', {}, [leaf]), leaf]))).toBe(
      ['a n=1 f=<g> l=[1,2]', '├─ b', '│  └─ monitor metric=loss', '└─ monitor metric=loss'].join('\n'),
    )
  })
  it('are labelled by kind and metrics, or by their given name', () => {
    expect(label(leaf)).toBe('monitor(loss)')
    expect(label({ kind: 'idle', events: [] })).toBe('idle')
    expect(label({ ...leaf, kind: 'named', options: { name: 'mine' } })).toBe('mine')
  })
  it('union keeps the first of each', () => expect(union([1, 2], undefined, [2, 3])).toEqual([1, 2, 3]))
})

describe('what is a function and a value', () => {
  it('has the name of its kind', () =>
    expect([idle.name, everyN(1).name, monitor('loss').name]).toEqual(['idle', 'everyN', 'monitor']))
  it('is known for what it is', () => {
    expect([policy.isPolicy(idle), trigger.isTrigger(everyN(1)), signal.isSignal(monitor('loss'))]).toEqual([
      true,
      true,
      true,
    ])
    expect([
      policy.isPolicy(everyN(1)),
      trigger.isTrigger(idle),
      signal.isSignal(() => 1),
      policy.isPolicy(undefined),
    ]).toEqual([false, false, false, false])
  })
  it('is JSON by its spec', () => expect(JSON.parse(JSON.stringify(everyN(2)))).toEqual(everyN(2).spec))
  it('prints its tree', () => {
    const nested = all(earlyStopping({ patience: 3 }), idle)
    expect(inspect(nested)).toBe(explain(nested))
    expect(explain(whenPlateau('loss', { patience: 2 }))).toMatch(/^whenPlateau patience=2\n└─ monitor metric=loss/)
  })
  it('says what it reads', () => expect(requires(all(earlyStopping(), idle))).toEqual(['val_loss']))
})

describe('machines', () => {
  it('a quiet step of all keeps the very state, so that nothing is copied for it', () => {
    const p = all(earlyStopping({ monitor: 'loss' }), idle)
    const [begin] = events([{ loss: 1 }]) as [TrainingEvent]
    expect(p.step(p.init, begin)[1]).toBe(p.init)
  })
  it('run goes on from a state', () => {
    const sum = machine.make({ kind: 'sum', events: [] }, 0 as number, (s, x: number) => [s + x, s + x])
    expect(machine.run(sum)([1, 2])).toEqual([[1, 3], 3])
    expect(machine.run(sum, 3)([4])).toEqual([[7], 7])
  })
})

describe('completed', () => {
  it('counts an epoch at its end, a batch at its own', () => {
    const run = events([{}, {}], { batchesPerEpoch: 1 })
    const counts = run.map((e) => [e._tag, completed(e, 'epochs'), completed(e, 'batches')])
    expect(counts).toEqual([
      ['TrainBegin', 0, 0],
      ['EpochBegin', 0, 0],
      ['BatchBegin', 0, 0],
      ['BatchEnd', 0, 1],
      ['EpochEnd', 1, 1],
      ['EpochBegin', 1, 1],
      ['BatchBegin', 1, 1],
      ['BatchEnd', 1, 2],
      ['EpochEnd', 2, 2],
      ['TrainEnd', 1, 2],
    ])
  })
})
