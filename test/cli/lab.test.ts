import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run, type Result } from '../../src/cli/run.js'
import { temporary } from '../logs/temp.js'

const { file, folder } = temporary()
const log = file('epoch,loss,val_loss\n0,3,3\n1,2,2\n2,1,2.5\n3,0.5,2.25\n4,0.25,nan\n', 'log.csv')
const one = file('epoch,val_loss\n0,3\n', 'one.csv')
const stopping = (patience: number, name: string): string =>
  file(JSON.stringify([{ earlyStopping: { patience, restoreBestWeights: true } }]), name)
const [two, three] = [stopping(2, 'two.json'), stopping(3, 'three.json')]

const said = async (code: Result['code'], ...args: ReadonlyArray<string>): Promise<string> => {
  const result = await run(args)
  expect({ code: result.code, stderr: result.stderr }).toEqual({ code, stderr: '' })
  return result.stdout
}
const json = async (code: Result['code'], ...args: ReadonlyArray<string>) =>
  JSON.parse(await said(code, ...args, '--json')) as Record<string, never>
const refusal = async (...args: ReadonlyArray<string>): Promise<string> => {
  const { code, stdout, stderr } = await run(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^rxfit: [^\n]*\n$/)
  return stderr
}

describe('replay --why', () => {
  it('explains decisions', async () => {
    const text = await said(0, 'replay', log, '-c', two, '--why')
    expect(text).toContain('epoch 3 (EpochEnd): exact')
    expect(text).toContain('stop: val_loss has not improved for 2 epochs, by all › earlyStopping(val_loss)')
    expect(text).toMatch(/^verdict {2}exact/m)
  })
  it('explains an epoch without a decision', async () => {
    const text = await said(0, 'replay', log, '-c', two, '--why', '--epoch', '2')
    expect(text).toContain('no decision')
    expect(text).toContain('wait 1 of 2; val_loss below 2 would be an improvement')
  })
  it('says that an epoch is not run', async () =>
    expect(await said(0, 'replay', log, '-c', two, '--why', '--epoch', '4')).toContain(
      'epoch 4 is not run: training stops at epoch 3',
    ))
  it('in JSON', async () => {
    const answer = await json(0, 'replay', log, '-c', three, '--why', '--epoch', '4')
    expect(answer).toMatchObject({
      log: { path: log },
      explanations: [
        {
          epoch: 4,
          validity: 'exact',
          reason: { part: 'all', parts: [{ part: 'earlyStopping(val_loss)', why: { observed: 'NaN' } }] },
        },
        {},
      ],
      outcome: { verdict: 'exact' },
    })
  })
  it('refuses an epoch that is not there, and one without --why', async () => {
    expect(await refusal('replay', log, '-c', two, '--why', '--epoch', '9')).toContain('epoch 9 is not in the log')
    expect(await refusal('replay', log, '-c', two, '--epoch', '1')).toContain('give both')
    expect(await refusal('replay', log, '-c', two, '--why', '--epoch', '-1')).toContain('whole number from 0')
  })
})

describe('compare', () => {
  it('ends with 0 where they agree', async () => {
    expect(await said(0, 'compare', two, two, log, one)).toContain('they agree on all 2 runs (1 censored')
    expect(await json(0, 'compare', two, two, log)).toMatchObject({ agree: true, runs: [{ path: log, first: null }] })
  })
  it('ends with 1 where they differ, and shows where', async () => {
    const text = await said(1, 'compare', two, three, log, one)
    expect(text).toMatch(/log\.csv +3 +stop: val_loss has not improved for 2 epochs +nothing +exact +exact\n/)
    expect(text).toMatch(/log\.csv +stop +3 +4\n/)
    expect(text).toContain('they differ on 1 of 2 runs')
    expect(await json(1, 'compare', two, three, log)).toMatchObject({ agree: false, runs: [{ first: { epoch: 3 } }] })
  })
  it('finds a smallest curve, as rows and as a test', async () => {
    const text = await said(1, 'compare', two, three, '--shrink', '--seed', '4')
    expect(text).toContain('[\n  {"val_loss":0},\n  {"val_loss":0},\n  {"val_loss":0}\n]')
    expect(text).toContain('    { val_loss: 0 },\n')
    expect(text).toContain('expect(compare(a, b, [log]).runs[0]?.first).toBeNull()')
    expect(await json(1, 'compare', two, three, '--shrink')).toMatchObject({ shrink: { found: true } })
  })
  it('prints a test that fails where they differ', async () => {
    const module = file("import { idle } from 'rxfit'\nexport default [idle]", 'idle.mjs')
    const text = await said(1, 'compare', module, two, '--shrink')
    const test = text.slice(text.indexOf('import {'))
    expect(test).toContain("import { all, fromSpec } from 'rxfit'")
    expect(test).toMatch(/import as from '.*idle\.mjs'/)
  })
  it('says honestly that nothing was found', async () =>
    expect(await said(0, 'compare', two, two, '--shrink', '--curves', '50')).toContain(
      'no difference found in 50 curves (seed 0)',
    ))
  it.each([
    ['no logs', [two, three], "missing argument 'logs'"],
    ['a seed for nothing', [two, three, log, '--seed', '1'], 'give it too'],
    ['no such file', [two, 'nowhere.json', log], 'nowhere.json: no such file'],
    [
      'a missing metric',
      [two, file('[{"earlyStopping":{"monitor":"val_los","mode":"min"}}]', 'typo.json'), log],
      "did you mean 'val_loss'?",
    ],
    [
      'a policy that throws on every curve',
      [
        file(
          "import { on } from 'rxfit'\nexport default on('EpochEnd', () => { throw new Error('never') })",
          'angry.mjs',
        ),
        two,
        '--shrink',
      ],
      'never',
    ],
  ])('refuses %s', async (_, args, message) => expect(await refusal('compare', ...args)).toContain(message))
})

describe('gate', () => {
  let n = 0
  const expectFile = (): string => join(folder, `expect-${(n += 1)}.json`)
  const gate = (code: Result['code'], callbacks: string, expect: string, ...more: ReadonlyArray<string>) =>
    said(code, 'gate', log, one, '-c', callbacks, '-e', expect, ...more)

  it('writes an expectation, and keeps to it', async () => {
    const e = expectFile()
    expect(await gate(0, two, e, '--judge', 'val_loss', '--update')).toContain(
      '2 new, 0 changed, 0 removed, 0 as before',
    )
    expect(JSON.parse(readFileSync(e, 'utf8'))).toEqual({
      version: 1,
      judge: { metric: 'val_loss', mode: 'min' },
      runs: {
        'log.csv': { epochs: 5, stop: 3, epochsRun: 4, kept: 1, regret: 0, verdict: 'exact' },
        'one.csv': { epochs: 1, stop: null, epochsRun: 1, kept: 0, regret: 0, verdict: 'censored' },
      },
    })
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([])
    expect(await gate(0, two, e)).toBe('verdicts: 1 exact, 1 censored, 0 diverged\npasses: 2 runs as expected\n')
    const text = await gate(1, three, e)
    expect(text).toMatch(/log\.csv +moved +3 +4 +0 +0 +exact +stop at 3, now stop at 4: moved by 1 epoch/)
    expect(text).not.toContain('one.csv')
    expect(await gate(0, three, e, '--tolerance', '1')).toContain('1 of them within tolerance')
    const before = readFileSync(e, 'utf8')
    expect(await gate(0, three, e, '--update')).toContain('0 new, 1 changed, 0 removed, 1 as before')
    expect(
      readFileSync(e, 'utf8')
        .split('\n')
        .filter((line, i) => line !== before.split('\n')[i]),
    ).toEqual(['      "stop": 4,', '      "epochsRun": 5,'])
  })
  it('counts costs', async () => {
    const e = expectFile()
    const last = file('[{"earlyStopping":{"patience":2}}]', 'last.json')
    await gate(0, two, e, '--judge', 'val_loss', '--update')
    expect(await gate(1, last, e)).toMatch(/costs .*regret 0, now 0.25: costs 0.25/)
    await gate(0, last, e, '--cost', '0.25')
    const answer = await json(1, 'gate', log, one, '-c', last, '-e', e)
    expect(answer).toMatchObject({
      expect: e,
      passes: false,
      rows: [{ run: 'log.csv', status: 'costs' }, { status: 'same' }],
    })
  })
  it('says what is new and what is missing', async () => {
    const e = expectFile()
    await said(0, 'gate', log, '-c', two, '-e', e, '--update')
    const text = await said(1, 'gate', one, '-c', two, '-e', e)
    expect(text).toMatch(/log\.csv +missing/)
    expect(text).toMatch(/one\.csv +new/)
    expect(await said(0, 'gate', one, '-c', two, '-e', e, '--update')).toContain(
      '1 new, 0 changed, 1 removed, 0 as before',
    )
  })
  it('names runs as seen from the expectation', async () => {
    const e = expectFile()
    await said(
      0,
      'gate',
      join(folder, '..', folder.split('/').at(-1) as string, 'log.csv'),
      '-c',
      two,
      '-e',
      e,
      '--update',
    )
    expect(Object.keys((JSON.parse(readFileSync(e, 'utf8')) as { runs: object }).runs)).toEqual(['log.csv'])
  })
  it.each<[string, string | null, ReadonlyArray<string>, RegExp]>([
    ['no expectation', null, [], /expect-\d+\.json: no such file; --update writes it/],
    ['broken JSON', '{', [], /expect-\d+\.json:1:2: not valid JSON/],
    [
      'another version',
      '{"version": 2, "judge": null, "runs": {}}',
      [],
      /expect-\d+\.json:1:2: expectation\.version: must be 1, got 2/,
    ],
    ['a run that is none', '{"version":1,"judge":null,\n"runs":{"a":{}}}', [], /json:2:\d+: expectation\.runs\.a/],
    ['a log twice', '{"version":1,"judge":null,"runs":{}}', [log], /is given twice/],
    ['a cost without judge', '{"version":1,"judge":null,"runs":{}}', ['--cost', '1'], /name it with --judge/],
    [
      'another judge',
      '{"version":1,"judge":{"metric":"loss","mode":"min"},"runs":{}}',
      ['--judge', 'val_loss'],
      /is judged by loss \(min\), not by val_loss/,
    ],
    ['a mode without judge', '{"version":1,"judge":null,"runs":{}}', ['--judge-mode', 'min'], /give both/],
    [
      'a mode that is none',
      '{"version":1,"judge":null,"runs":{}}',
      ['--judge', 'loss', '--judge-mode', 'up'],
      /must be min or max, got up/,
    ],
    ['a judge of no direction', null, ['--judge', 'reward', '--update'], /can't tell whether 'reward'/],
    [
      'a judge that is not measured',
      null,
      ['--judge', 'val_los', '--judge-mode', 'min', '--update'],
      /did you mean 'val_loss'/,
    ],
    ['a tolerance that is none', null, ['--tolerance', 'x'], /whole number from 0/],
  ])('refuses %s', async (_, text, more, message) => {
    const e = expectFile()
    if (text !== null) writeFileSync(e, text)
    const result = await run(['gate', log, '-c', two, '-e', e, ...more])
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toMatch(message)
    expect(text !== null || !existsSync(e)).toBe(true)
  })
  it('says that it cannot write', async () =>
    expect(await refusal('gate', log, '-c', two, '-e', join(folder, 'nowhere', 'e.json'), '--update')).toContain(
      "can't be written",
    ))
})

it.each([['compare'], ['gate']])('help with an example: %s', async (command) =>
  expect(await said(0, command, '--help')).toContain(`Examples:\n  rxfit ${command}`),
)
