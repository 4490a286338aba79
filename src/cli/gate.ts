import { show } from '../replay/words.js'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import type { Direction } from '../dsl/Metrics.js'
import { OptionError } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { whyUnreadable } from '../logs/file.js'
import { messageOf, oneLine } from '../logs/text.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { expectationOf, parseExpectation, type Expectation, type ExpectedRun } from '../replay/gate/expectation.js'
import { gate as judge, type GateResult, type GateRow } from '../replay/gate/gate.js'
import { judgeOf, type Judge } from '../replay/judge/regret.js'
import { readCallbacks } from './callbacks.js'
import { JsonError, parseJson, type Located } from './json.js'
import type { LogOptions } from './logs.js'
import { naming, readRuns } from './runs.js'
import { writeWhole } from './writeWhole.js'
import { table } from './table.js'
import { toJson } from './toJson.js'
import { fail, UsageError } from './UsageError.js'

export interface GateCommandOptions extends LogOptions {
  readonly callbacks: string
  readonly expect: string
  readonly tolerance?: number
  readonly judge?: string
  readonly judgeMode?: string
  readonly cost?: number
  readonly update?: boolean
  readonly dialect?: string
  readonly json?: boolean
}

interface Answer {
  readonly text: string
  readonly code: 0 | 1
}

const located = (file: string, text: string): Located => {
  try {
    return parseJson(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    return fail(`${file}:${error.place.line}:${error.place.column}: not valid JSON: ${error.message}`)
  }
}

/** The expectation in a file; undefined where there is no such file. */
const readExpectation = async (file: string): Promise<Expectation | undefined> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return fail(`${file}: ${whyUnreadable(error)}`)
  })
  if (text === undefined) return undefined
  const { value, placeOf } = located(file, text)
  try {
    return parseExpectation(value)
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new UsageError(
      error.problems.map(({ path, message }) => {
        const { line, column } = placeOf(path.replace(/^expectation\.?/, ''))
        return oneLine(`${file}:${line}:${column}: ${path}: ${message}`)
      }),
    )
  }
}

/** A log's name in the expectation: its path as seen from there, the same on every system. */
const nameIn = (file: string, path: string): string =>
  relative(dirname(resolve(file)), resolve(path))
    .split(sep)
    .join('/')

const named = (file: string, logs: ReadonlyArray<TrainingLog>): Readonly<Record<string, TrainingLog>> => {
  const entries = logs.map((log) => [nameIn(file, log.path ?? ''), log] as const)
  const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) !== i)
  if (twice) fail(`${twice[1].path}: is given twice`)
  return Object.fromEntries(entries)
}

/** What was asked for; else what the expectation says. */
const chooseJudge = (
  { judge: metric, judgeMode, expect, update }: GateCommandOptions,
  expected: Expectation | undefined,
): Judge | null => {
  if (judgeMode !== undefined && judgeMode !== 'min' && judgeMode !== 'max')
    return fail(`--judge-mode: must be min or max, got ${judgeMode}`)
  if (metric === undefined) {
    if (judgeMode !== undefined) fail('--judge-mode: is of the metric that --judge names: give both')
    return expected?.judge ?? null
  }
  const chosen = judgeFor(metric, judgeMode)
  const before = expected?.judge
  if (expected && !update && (before?.metric !== chosen.metric || before.mode !== chosen.mode))
    fail(
      `--judge: ${expect} is judged by ${before ? `${before.metric} (${before.mode})` : 'nothing'}, not by ${chosen.metric} (${chosen.mode}); --update judges anew`,
    )
  return chosen
}

const judgeFor = (metric: string, mode: Direction | undefined): Judge => {
  try {
    return judgeOf(metric, mode)
  } catch (error) {
    return fail(`--judge: ${messageOf(error)} (--judge-mode)`)
  }
}

const find = (
  policy: Policy<never>,
  runs: Readonly<Record<string, TrainingLog>>,
  metric: Judge | null,
  { learningRate }: GateCommandOptions,
): Expectation => {
  const rate = learningRate === undefined ? {} : { learningRate }
  // one at a time, so that what goes wrong is said of its log
  const found = Object.keys(runs)
    .sort()
    .map((name) => {
      const log = runs[name] as TrainingLog
      return naming(log, () => expectationOf(policy, { [name]: log }, metric, rate).runs)
    })
  return { version: 1, judge: metric, runs: Object.assign({}, ...found) as Expectation['runs'] }
}

const stop = (run: ExpectedRun | null): string => (run === null ? '' : run.stop === null ? 'none' : String(run.stop))
const regret = (run: ExpectedRun | null): string => (run === null || run.regret === null ? '' : show(run.regret))

const row = ({ run, status, expected, found, reason }: GateRow): ReadonlyArray<string> => [
  run,
  status,
  stop(expected),
  stop(found),
  regret(expected),
  regret(found),
  (found ?? expected)?.verdict ?? '',
  reason,
]

const columns = [
  { title: 'run' },
  { title: 'status' },
  { title: 'expected stop', align: 'right' },
  { title: 'stop', align: 'right' },
  { title: 'expected regret', align: 'right' },
  { title: 'regret', align: 'right' },
  { title: 'verdict' },
  { title: 'because' },
] as const

const ofRuns = (n: number): string => `${n} run${n === 1 ? '' : 's'}`

const resultText = ({ passes, rows }: GateResult, expect: string): string => {
  const closed = rows.filter(({ status }) => status !== 'same' && status !== 'within')
  const shown = rows.filter(({ status }) => status !== 'same')
  const end = passes
    ? `passes: ${ofRuns(rows.length)} as expected${shown.length > 0 ? `, ${shown.length} of them within tolerance` : ''}`
    : `doesn't pass: ${closed.length} of ${ofRuns(rows.length)} not as ${expect} expects (--update, if that is meant)`
  return `${[...(shown.length > 0 ? [...table(columns, shown.map(row)), ''] : []), verdicts(rows), end].join('\n')}\n`
}

const verdicts = (rows: ReadonlyArray<GateRow>): string => {
  const found = rows.flatMap((one) => (one.found ? [one.found.verdict] : []))
  const counts = (['exact', 'censored', 'diverged'] as const).map(
    (verdict) => `${found.filter((one) => one === verdict).length} ${verdict}`,
  )
  return `verdicts: ${counts.join(', ')}`
}

const updateText = (before: Expectation | undefined, rows: ReadonlyArray<GateRow>, expect: string): string => {
  const count = (...wanted: ReadonlyArray<GateRow['status']>): number =>
    rows.filter(({ status }) => wanted.includes(status)).length
  const shown = rows.filter(({ status }) => status !== 'same')
  const parts = [
    `${count('new')} new`,
    `${count('moved', 'costs', 'within', 'log changed')} changed`,
    `${count('missing')} removed`,
    `${count('same')} as before`,
  ]
  return `${[
    ...(before && shown.length > 0 ? [...table(columns, shown.map(row)), ''] : []),
    verdicts(rows),
    `${expect}: written: ${parts.join(', ')}`,
  ].join('\n')}\n`
}

/** `rxfit gate LOG… --callbacks F --expect E`: no policy change moves a stop, or costs more than may be. */
export const gate = async (paths: ReadonlyArray<string>, options: GateCommandOptions): Promise<Answer> => {
  const { expect, update = false, json = false, tolerance, cost } = options
  const policy = await readCallbacks(options.callbacks, options.dialect)
  const expected = await readExpectation(expect)
  if (!expected && !update) fail(`${expect}: no such file; --update writes it`)
  const metric = chooseJudge(options, expected)
  if (cost !== undefined && metric === null) fail('--cost: is counted in a metric: name it with --judge')
  const found = find(policy, named(expect, (await readRuns(paths, options)).logs), metric, options)
  const limits = { ...(tolerance !== undefined && { tolerance }), ...(cost !== undefined && { cost }) }
  const result = judge(expected ?? { version: 1, judge: metric, runs: {} }, found, limits)
  if (!update) {
    const text = json ? `${toJson({ expect, ...result })}\n` : resultText(result, expect)
    return { text, code: result.passes ? 0 : 1 }
  }
  await writeWhole(expect, `${toJson(found)}\n`)
  return {
    text: json
      ? `${toJson({ expect, updated: true, rows: result.rows })}\n`
      : updateText(expected, result.rows, expect),
    code: 0,
  }
}
