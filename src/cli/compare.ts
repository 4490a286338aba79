import type { Command } from '../dsl/Command.js'
import type { Policy } from '../dsl/Policy.js'
import { compare as compareOn, type Change, type Comparison, type RunComparison } from '../replay/compare.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { readCallbacks } from './callbacks.js'
import type { LogOptions } from './logs.js'
import { naming, readRuns } from './runs.js'
import { separateText, separation, type SeparateOptions } from './separate.js'
import { table } from './table.js'
import { toJson } from './toJson.js'
import { fail } from './UsageError.js'
import { describe, show } from '../replay/words.js'

export interface CompareCommandOptions extends LogOptions, SeparateOptions {
  readonly dialect?: string
  readonly shrink?: boolean
  readonly json?: boolean
}

const asked = (commands: ReadonlyArray<Command>): string =>
  commands.length === 0 ? 'nothing' : commands.map(describe).join('; ')

const differenceRow = ({ path, agree, first, a, b }: RunComparison): ReadonlyArray<string> => [
  path ?? 'log',
  first === null ? '' : `${first.epoch}${first.batch === null ? '' : `, batch ${first.batch}`}`,
  agree ? 'they agree' : asked(first?.a ?? []),
  agree ? '' : asked(first?.b ?? []),
  first?.validity ?? '',
  a.verdict === b.verdict ? a.verdict : `${a.verdict} | ${b.verdict}`,
]

const cell = (value: Change['a']): string => (value === null ? 'none' : typeof value === 'number' ? show(value) : value)

const changeRows = ({ path, changed }: RunComparison): ReadonlyArray<ReadonlyArray<string>> =>
  changed.map(({ what, epoch, a, b }) => [
    path ?? 'log',
    epoch === undefined ? what : `${what} after epoch ${epoch}`,
    cell(a),
    cell(b),
  ])

const columns = (...titles: ReadonlyArray<string>) => titles.map((title) => ({ title }))

const summary = ({ agree, runs }: Comparison): string => {
  const all = runs.length === 1 ? 'this run' : `all ${runs.length} runs`
  const censored = runs.filter(
    ({ a, b, agree: same }) => same && (a.verdict === 'censored' || b.verdict === 'censored'),
  )
  const far = censored.length === 0 ? '' : ` (${censored.length} censored: as far as the log goes)`
  if (agree) return `they agree on ${all}${far}`
  return `they differ on ${runs.filter((run) => !run.agree).length} of ${runs.length} run${runs.length === 1 ? '' : 's'}${far}`
}

const comparisonText = (comparison: Comparison): ReadonlyArray<string> => {
  const changes = comparison.runs.flatMap(changeRows)
  const notes = comparison.runs.flatMap(({ path, notes: said }) =>
    said.map((note) => `note: ${path ?? 'log'}: ${note}`),
  )
  return [
    ...table(
      columns('run', 'first at epoch', 'A asks for', 'B asks for', 'validity', 'verdict'),
      comparison.runs.map(differenceRow),
    ),
    '',
    ...(changes.length === 0 ? [] : [...table(columns('run', 'what changed', 'A', 'B'), changes), '']),
    summary(comparison),
    '',
    ...notes,
  ]
}

const onEach = (
  a: Policy<never>,
  b: Policy<never>,
  logs: ReadonlyArray<TrainingLog>,
  { learningRate }: CompareCommandOptions,
): Comparison => {
  const rate = learningRate === undefined ? {} : { learningRate }
  const runs = logs.flatMap((log) => naming(log, () => compareOn(a, b, [log], rate)).runs)
  return { agree: runs.every(({ agree }) => agree), runs }
}

/** `rxfit compare A B LOG…`: where they part, and what comes of it. */
export const compare = async (
  fileA: string,
  fileB: string,
  paths: ReadonlyArray<string>,
  options: CompareCommandOptions,
): Promise<{ readonly text: string; readonly code: 0 | 1 }> => {
  const { shrink = false, json = false } = options
  if (paths.length === 0 && !shrink) fail("missing argument 'logs': give recorded runs, or --shrink (see rxfit --help)")
  if (!shrink && (options.curves !== undefined || options.seed !== undefined))
    fail('--curves and --seed are about the curves that --shrink tries: give it too')
  const a = await readCallbacks(fileA, options.dialect)
  const b = await readCallbacks(fileB, options.dialect)
  const comparison = onEach(a, b, (await readRuns(paths, options)).logs, options)
  const found = shrink ? await separation(a, b, options) : undefined
  const code = comparison.agree && !found?.found ? 0 : 1
  if (json) {
    const { agree, runs } = comparison
    return { text: `${toJson({ a: fileA, b: fileB, agree, runs, ...(found && { shrink: found }) })}\n`, code }
  }
  const lines = [
    `A  ${fileA}`,
    `B  ${fileB}`,
    '',
    ...(paths.length === 0 ? [] : comparisonText(comparison)),
    ...(found ? separateText(found, fileA, fileB) : []),
  ]
  return { text: `${lines.join('\n')}\n`, code }
}
