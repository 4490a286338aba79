import { describe, expect, it } from 'vitest'
import { all, earlyStopping, lint, reduceLROnPlateau, suspend } from 'rxfit'
import { run } from '../../src/cli/run.js'
import { temporary } from '../logs/temp.js'

const { file } = temporary()
const json = (callbacks: unknown): string => file(JSON.stringify(callbacks), `${Math.random()}.json`)
const clash = [{ earlyStopping: { patience: 3 } }, { reduceLROnPlateau: { patience: 3, minDelta: 0 } }]

describe('lint', () => {
  it('finds nothing, and says so', async () => {
    const path = json([{ earlyStopping: { patience: 3 } }])
    expect(await run(['lint', path])).toEqual({ code: 0, stdout: `${path}: nothing found\n`, stderr: '' })
    const { stdout } = await run(['lint', path, '--json'])
    expect(JSON.parse(stdout)).toEqual({ file: path, findings: [], errors: 0, warnings: 0 })
  })
  it('does not fail for warnings, and names their lines', async () => {
    const path = file(JSON.stringify(clash, null, 2), 'clash.json')
    const { code, stdout, stderr } = await run(['lint', path])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`${path}:8:5: warning: [1].reduceLROnPlateau: the rate is cut after 3 epochs`)
    expect(stdout).toMatch(/\n0 errors, 1 warning\n$/)
  })
  it('gives findings in JSON, with their places', async () => {
    const { code, stdout } = await run(['lint', json(clash), '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      errors: 0,
      warnings: 1,
      findings: [
        {
          rule: 'stops-before-cut',
          severity: 'warning',
          path: '[1].reduceLROnPlateau',
          message: expect.stringMatching(/^the rate is cut/) as string,
          reason: expect.stringMatching(/^on a plateau/) as string,
          line: 1,
          column: 36,
        },
      ],
    })
  })
  it('tells every mistake in the JSON itself, each with its place', async () => {
    const text = `[
      { "reduceLROnPlateau": { "factor": 1.5, "patiense": 3 } },
      { "kind": "emit",
        "options": { "commands": { "_tag": "StopTraining", "reson": "x" } },
        "children": [{ "kind": "everyN", "options": { "n": 0 } }] },
      { "scheduleLR": { "schedule": { "torch.stepLR": { "initial": 1, "stepSize": 0 } } } },
      { "scheduleLR": { "schedule": { "join": { "schedules": [{ "constnt": {} }], "boundaries": [] } } } },
      { "reduceLROnPlateau": { "dialect": "torch", "minDelta": 1, "patience": -1 } },
      { "reduceLROnPlateau": { "dialect": "tourch" } },
      { "modelCheckpoint": {} }
    ]`
    const { code, stdout, stderr } = await run(['lint', file(text, 'wrong.json'), '--json'])
    expect([code, stderr]).toEqual([1, ''])
    const { findings, errors } = JSON.parse(stdout) as {
      errors: number
      findings: ReadonlyArray<Record<'path' | 'message' | 'rule' | 'severity', string> & { line: number }>
    }
    expect(errors).toBe(10)
    expect(new Set(findings.map(({ rule, severity }) => `${rule} ${severity}`))).toEqual(new Set(['spec error']))
    expect(findings.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '2 [0].reduceLROnPlateau.patiense',
      '2 [0].reduceLROnPlateau.factor',
      '5 [1].emit.children[0].everyN.n',
      '4 [1].emit.commands.reson',
      '6 [2].scheduleLR.schedule.torch.stepLR.stepSize',
      '7 [3].scheduleLR.schedule.join.schedules[0].constnt',
      '8 [4].reduceLROnPlateau.minDelta',
      '8 [4].reduceLROnPlateau.patience',
      '9 [5].reduceLROnPlateau.dialect',
      '10 [6].modelCheckpoint.filepath',
    ])
    expect(findings[1]?.message).toBe('must be below 1, got 1.5')
    expect(findings[5]?.message).toBe("unknown name (did you mean 'constant'?)")
    expect(findings[8]?.message).toMatch(/did you mean 'torch'/)
    expect(findings[9]?.message).toBe('must be there, got nothing')
  })
  it('knows the places of parts in a spec', async () => {
    const text = `{ "kind": "all", "children": [
      { "kind": "earlyStopping", "options": { "patience": 3 } },
      { "kind": "named", "options": { "name": "x" }, "children": [
        { "kind": "reduceLROnPlateau", "options": { "patience": 3, "minDelta": 0 } }] }] }`
    const path = file(text, 'spec.json')
    const { stdout } = await run(['lint', path])
    expect(stdout).toContain(`${path}:4:9: warning: [1].named.children[0].reduceLROnPlateau: `)
  })
  it('looks at the policy that was suspended', async () => {
    const policy = all(earlyStopping({ patience: 3 }), reduceLROnPlateau({ patience: 3, minDelta: 0 }))
    const text = JSON.stringify(suspend(policy), null, 2)
    const path = file(text, 'suspended.json')
    const { code, stdout } = await run(['lint', path])
    expect(code).toBe(0)
    expect(stdout).toMatch(/suspended\.json:\d+:\d+: warning: \[1\].reduceLROnPlateau: the rate is cut after 3 epochs/)
    const line = Number(/json:(\d+)/.exec(stdout)?.[1])
    expect(text.split('\n')[line]).toContain('"kind": "reduceLROnPlateau"')
    expect(lint(suspend(policy)).map(({ rule }) => rule)).toEqual(['stops-before-cut'])
    const broken = json({ ...suspend(policy), spec: { kind: 'earlyStoping' } })
    expect((await run(['lint', broken])).stdout).toMatch(/did you mean 'earlyStopping'/)
  })
  it('takes what is known of the run', async () => {
    const rules = async (callbacks: unknown, ...more: ReadonlyArray<string>) => {
      const { stdout } = await run(['lint', json(callbacks), '--json', ...more])
      return (JSON.parse(stdout) as { findings: ReadonlyArray<{ rule: string }> }).findings.map(({ rule }) => rule)
    }
    const stopping = [{ earlyStopping: { patience: 9 } }]
    expect(await rules(stopping, '--epochs', '10')).toEqual([])
    expect(await rules(stopping, '--epochs', '9')).toEqual(['never-fires'])
    const saving = [{ modelCheckpoint: { filepath: '{epoch}', saveFreq: 100 } }]
    expect(await rules(saving, '--epochs', '10', '--steps', '10')).toEqual([])
    expect(await rules(saving, '--epochs', '10', '--steps', '9')).toEqual(['never-fires'])
    const cutting = [{ reduceLROnPlateau: { minLr: 0.01 } }]
    expect(await rules(cutting, '--learning-rate', '0.1')).toEqual([])
    expect(await rules(cutting, '--learning-rate', '0.01')).toEqual(['min-lr-above-rate'])
    const torch = [
      { earlyStopping: { patience: 4, minDelta: 1e-4, dialect: 'rxfit' } },
      { reduceLROnPlateau: { patience: 3 } },
    ]
    expect(await rules(torch)).toEqual([])
    expect(await rules(torch, '--dialect', 'torch')).toEqual(['stops-before-cut'])
  })
  it('takes modules', async () => {
    const path = file(
      `import { all, constant, scheduleLR } from 'rxfit'
       export default all(scheduleLR(constant(1)), scheduleLR(constant(2)))`,
      'two.ts',
    )
    const { code, stdout } = await run(['lint', path])
    expect(code).toBe(1)
    expect(stdout).toContain(`${path}: error: [1].scheduleLR: `)
  })
  it.each([
    [['lint'], /missing required argument 'file'/],
    [['lint', 'nope.json'], /nope.json: no such file/],
    [['lint', file('[', 'broken.json')], /broken.json:1:2: not valid JSON/],
    [['lint', file('3', 'three.json')], /three.json: expected a list/],
    [['lint', json([]), '--epochs', '0'], /Expected a whole number from 1/],
    [['lint', json([]), '--learning-rate', 'x'], /Expected a number/],
    [['lint', json([]), '--dialect', 'kers3'], /did you mean 'keras3'/],
    [['lint', file('export default 3', 'three.mjs'), '--dialect', 'keras3'], /--dialect is for callbacks in JSON/],
    [['lint', file('throw new Error("no")', 'throws.mjs')], /throws.mjs: can't be loaded: no/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})
