import { describe, expect, it } from 'vitest'
import { all, earlyStopping, encodeJson, modelCheckpoint, OptionError } from 'rxfit'
import { expectationOf, gate, judgeOf, parseExpectation, type ExpectedRun } from 'rxfit/replay'
import { curve } from 'rxfit/testing'

const judge = judgeOf('val_loss')
const runOf = (policy: Parameters<typeof expectationOf>[0], marbles: string, by: typeof judge | null = judge) =>
  expectationOf(policy, { a: curve(marbles) }, by).runs['a'] as ExpectedRun
const run = (over: Partial<ExpectedRun> = {}): ExpectedRun => ({
  ...{ epochs: 10, stop: 5, epochsRun: 6, kept: 5, regret: 0.5, verdict: 'exact' },
  ...over,
})
const expectation = (runs: Record<string, ExpectedRun>) => ({ version: 1 as const, judge, runs })
const status = (before: ExpectedRun, after: ExpectedRun, options = {}) => {
  const { passes, rows } = gate(expectation({ a: before }), expectation({ a: after }), options)
  return [passes, rows[0]?.status, rows[0]?.reason]
}

describe('expectationOf', () => {
  it.each<[string, Parameters<typeof expectationOf>[0], string, number | null, number | null]>([
    ['the last epoch run', earlyStopping({ patience: 1 }), '3 1 2', 2, 1],
    ['the epoch that is put back', earlyStopping({ patience: 1, restoreBestWeights: true }), '3 1 2 0', 1, 1],
    [
      'the best that was saved',
      all(earlyStopping({ patience: 1 }), modelCheckpoint({ filepath: 'm', saveBestOnly: true })),
      '3 1 2',
      1,
      0,
    ],
    [
      'the last, where every epoch is saved',
      all(earlyStopping({ patience: 1 }), modelCheckpoint({ filepath: 'm' })),
      '3 1 2',
      2,
      1,
    ],
    ['the last value, where none was measured', earlyStopping({ patience: 5 }), '3 1 -', 2, 0],
    ['NaN', earlyStopping({ patience: 5 }), '3 1 x', 2, Infinity],
    ['nothing', earlyStopping({ patience: 5 }), '', null, null],
    ['only NaN', earlyStopping({ patience: 5 }), 'x x', 1, null],
    ['infinities', earlyStopping({ patience: 5 }), '-Infinity', 0, 0],
  ])('keeps %s', (_, policy, marbles, kept, regret) => expect(runOf(policy, marbles)).toMatchObject({ kept, regret }))
  it('counts regret upwards where the metric rises', () => {
    const log = curve('0.5 0.9 0.8', { metric: 'acc' })
    const { runs } = expectationOf(earlyStopping({ monitor: 'acc', patience: 1 }), { a: log }, judgeOf('acc'))
    expect(runs['a']?.regret).toBeCloseTo(0.1)
  })
  it('sorts its runs, and survives JSON', () => {
    const made = expectationOf(earlyStopping(), { b: curve('1 x'), a: curve('1') }, judge)
    expect(Object.keys(made.runs)).toEqual(['a', 'b'])
    expect(parseExpectation(JSON.parse(JSON.stringify(encodeJson(made))))).toEqual(made)
  })
  it('refuses a judge that is not there, or of no direction', () => {
    expect(() => expectationOf(earlyStopping(), { a: curve('1') }, judgeOf('val_los', 'min'))).toThrow(
      "did you mean 'val_loss'?",
    )
    expect(() => judgeOf('reward')).toThrow("can't tell whether 'reward' should fall or rise")
  })
  it('refuses another version, and lists what is wrong', () => {
    expect(() => parseExpectation({ version: 2, judge: null, runs: {} })).toThrow(/version/)
    const wrong = { version: 1, judge: null, runs: { a: { ...run(), stop: -1, verdict: 'sure' } } }
    expect(() => parseExpectation(wrong)).toThrow(OptionError)
    expect(() => parseExpectation([])).toThrow(OptionError)
  })
})

describe('gate', () => {
  it.each<[string, Partial<ExpectedRun>, Partial<ExpectedRun>, object, [boolean, string]]>([
    ['nothing moved', {}, {}, {}, [true, 'same']],
    ['later', {}, { stop: 7, epochsRun: 8 }, {}, [false, 'moved']],
    ['later, tolerated', {}, { stop: 7, epochsRun: 8 }, { tolerance: 2 }, [true, 'within']],
    ['earlier by more than is tolerated', {}, { stop: 2, epochsRun: 3 }, { tolerance: 2 }, [false, 'moved']],
    [
      'the stop is gone: by how much nobody knows',
      {},
      { stop: null, epochsRun: 10 },
      { tolerance: 100 },
      [false, 'moved'],
    ],
    ['a stop appeared', { stop: null, epochsRun: 10 }, {}, { tolerance: 100 }, [false, 'moved']],
    ['it costs', {}, { regret: 0.75 }, {}, [false, 'costs']],
    ['it costs, tolerated', {}, { regret: 0.75 }, { cost: 0.25 }, [true, 'within']],
    ['it gains', {}, { regret: 0 }, {}, [true, 'within']],
    ['it ends in NaN', {}, { regret: Infinity }, { cost: 9 }, [false, 'costs']],
    ['as bad as before', { regret: Infinity }, { regret: Infinity }, {}, [true, 'same']],
    ['nothing measured any more', {}, { regret: null }, { cost: 9 }, [false, 'costs']],
    ['only the verdict', {}, { verdict: 'diverged' }, {}, [true, 'within']],
    ['another log', {}, { epochs: 11 }, { tolerance: 100 }, [false, 'log changed']],
  ])('%s', (_, before, after, options, result) =>
    expect(status(run(before), run(after), options).slice(0, 2)).toEqual(result),
  )
  it('says what moved', () => {
    expect(status(run(), run({ stop: null, epochsRun: 10, regret: 0.75, verdict: 'censored' }))[2]).toBe(
      'stop at 5, now no stop: moved by 5 epochs or more; regret 0.5, now 0.75: costs 0.25; was exact, now censored',
    )
  })
  it('wants the same runs', () => {
    const { passes, rows } = gate(expectation({ a: run(), constructor: run() }), expectation({ a: run(), b: run() }))
    expect(passes).toBe(false)
    expect(rows.map(({ run: name, status: is }) => `${name} ${is}`)).toEqual(['a same', 'b new', 'constructor missing'])
  })
  it('refuses limits that are none', () => {
    const none = expectation({})
    expect(gate(none, none).passes).toBe(true)
    expect(() => gate(none, none, { tolerance: 1.5 })).toThrow('tolerance must be a whole number from 0')
    expect(() => gate(none, none, { cost: NaN })).toThrow('cost must be finite and 0 or more')
  })
})
