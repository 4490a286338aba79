import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { OptionError } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { readLog } from '../logs/readLog.js'
import { grid, type Dimensions } from '../replay/grid/grid.js'
import { functionsIn } from '../replay/grid/rebuild.js'
import { packLog, sweepInWorkers } from '../replay/node/index.js'
import { distinctParts, type Candidate } from '../replay/sweep/Candidate.js'
import type { SweepOptions } from '../replay/sweep/options.js'
import type { PackedLog } from '../replay/sweep/PackedLog.js'
import { NothingToJudge } from '../replay/sweep/plan.js'
import { SweepError } from '../replay/sweep/fill.js'
import type { Sweep } from '../replay/sweep/Result.js'
import { sweep as sweepHere, sweepToJson } from '../replay/sweep/sweep.js'
import { sweepReport } from '../replay/report/sweepReport.js'
import { readCallbacks } from './callbacks.js'
import { expand, passedOver, readOptions, type LogOptions } from './logs.js'
import { sweepCsv } from './sweepCsv.js'
import { sweepText } from './sweepText.js'
import { toJson } from './toJson.js'
import { writeWhole } from './writeWhole.js'
import { fail, UsageError } from './UsageError.js'

export interface SweepCommandOptions extends LogOptions {
  readonly callbacks: string
  readonly dialect?: string
  readonly grid?: ReadonlyArray<string>
  readonly judge: string
  readonly judgeMode?: string
  readonly tolerance?: number
  readonly completed?: boolean
  readonly random?: number
  readonly seed?: number
  readonly bootstrap?: number
  readonly splits?: number
  readonly workers?: number
  readonly csv?: string
  readonly html?: string
  readonly json?: boolean
}

/** Below so many outcomes threads take longer to start than the work does. */
const worthThreads = 100_000

const linesOf = (error: OptionError): UsageError =>
  new UsageError(error.problems.map(({ path, message }) => `${path}: ${message}`))

/** What these throw is for whoever typed the command. */
const orUsage = async <A>(work: () => A | Promise<A>): Promise<A> => {
  try {
    return await work()
  } catch (error) {
    if (error instanceof OptionError) throw linesOf(error)
    if (error instanceof NothingToJudge)
      throw new UsageError(error.leftOut.map(({ path, why }) => `${path ?? 'log'}: ${why}`))
    throw error
  }
}

const dimensionsOf = (given: ReadonlyArray<string>): Dimensions => {
  const found = new Map<string, string>()
  for (const text of given) {
    const at = text.indexOf('=')
    if (at < 1) fail(`--grid ${text}: expected an option and its values, such as earlyStopping.patience=1..20`)
    const path = text.slice(0, at).trim()
    if (found.has(path)) fail(`--grid ${path}: is there twice`)
    found.set(path, text.slice(at + 1))
  }
  return Object.fromEntries(found)
}

/** All settings of the grid, or the callbacks as they are. */
const candidatesOf = (policy: Policy<never>, options: SweepCommandOptions): ReadonlyArray<Candidate> => {
  const { grid: given = [], random, seed } = options
  if (given.length === 0) {
    if (random !== undefined) fail("--random draws from a grid: say one, such as --grid 'earlyStopping.patience=1..20'")
    return [{ name: 'as in the file', settings: {}, policy }]
  }
  return grid(policy, dimensionsOf(given), {
    ...(random !== undefined && { random }),
    ...(seed !== undefined && { seed }),
  })
}

const isMode = (mode: string): mode is 'auto' | 'min' | 'max' => ['auto', 'min', 'max'].includes(mode)

const rateOf = ({ learningRate }: SweepCommandOptions) => (learningRate === undefined ? {} : { learningRate })

const sweepOptions = (options: SweepCommandOptions): SweepOptions => {
  const { judge, judgeMode: mode, tolerance, completed, seed, bootstrap, splits } = options
  if (mode !== undefined && !isMode(mode)) return fail(`--judge-mode must be min, max or auto, got ${mode}`)
  return {
    judge,
    ...(mode !== undefined && { judgeMode: mode }),
    ...(tolerance !== undefined && { tolerance }),
    ...(completed !== undefined && { completed }),
    ...(seed !== undefined && { seed }),
    ...(bootstrap !== undefined && { bootstrap }),
    ...(splits !== undefined && { splits }),
    ...rateOf(options),
  }
}

/** One log after another, and of each only what the policies look at. */
const readAll = async (
  paths: ReadonlyArray<string>,
  candidates: ReadonlyArray<Candidate>,
  options: SweepCommandOptions,
): Promise<ReadonlyArray<PackedLog>> => {
  const logs: Array<PackedLog> = []
  for (const path of paths) logs.push(packLog(await readLog(path, readOptions(options)), candidates))
  return logs
}

const threadsFor = (candidates: ReadonlyArray<Candidate>, logs: number, asked: number | undefined): number => {
  const holding = [...distinctParts(candidates)].find(({ spec }) => functionsIn(spec).length > 0)
  if (holding) {
    if (asked !== undefined && asked > 1)
      fail(
        `--workers ${asked}: '${holding.spec.kind}' holds a function (${functionsIn(holding.spec)[0]}), which can't go to another thread: leave --workers out`,
      )
    return 1
  }
  return asked ?? (candidates.length * logs < worthThreads ? 1 : availableParallelism())
}

const run = async (
  candidates: ReadonlyArray<Candidate>,
  logs: ReadonlyArray<PackedLog>,
  options: SweepCommandOptions,
): Promise<Sweep> => {
  const threads = threadsFor(candidates, logs.length, options.workers)
  const settled = sweepOptions(options)
  try {
    return threads === 1
      ? sweepHere(candidates, logs, settled)
      : await sweepInWorkers(candidates, logs, { ...settled, workers: threads })
  } catch (error) {
    if (error instanceof SweepError) return fail(`${candidates[error.candidate]?.name ?? ''}: ${error.message}`)
    throw error
  }
}

/** `rxfit sweep LOG… --callbacks FILE --grid …`: what would have become of these runs under many settings. */
export const sweep = async (paths: ReadonlyArray<string>, options: SweepCommandOptions): Promise<string> => {
  const policy = await readCallbacks(options.callbacks, options.dialect)
  const { logs: found, passed } = await expand(paths)
  const twice = found.find((path, i) => found.findIndex((other) => resolve(other) === resolve(path)) !== i)
  if (twice !== undefined) fail(`${twice}: is given twice, and it is one run: what rests on two would flatter itself`)
  const { result, candidates, logs } = await orUsage(async () => {
    const candidates = candidatesOf(policy, options)
    const logs = await readAll(found, candidates, options)
    return { result: await run(candidates, logs, options), candidates, logs }
  })
  const read = [options.callbacks, ...found]
  if (options.csv !== undefined) await writeWhole(options.csv, sweepCsv(result), read)
  if (options.html !== undefined)
    await writeWhole(options.html, sweepReport(result, candidates, logs, rateOf(options)), read)
  if (options.json) return `${toJson(sweepToJson(result))}\n`
  return `${[sweepText(result), ...passedOver(passed)].join('\n\n')}\n`
}
