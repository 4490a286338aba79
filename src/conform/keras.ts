import { csvLogger } from '../builtins/csvLogger.js'
import { earlyStopping } from '../builtins/earlyStopping.js'
import { learningRateScheduler } from '../builtins/learningRateScheduler.js'
import { modelCheckpoint } from '../builtins/modelCheckpoint.js'
import { reduceLROnPlateau } from '../builtins/reduceLROnPlateau.js'
import { terminateOnNaN } from '../builtins/terminateOnNaN.js'
import type { DialectName } from '../dialects/index.js'
import type { Policy } from '../dsl/Policy.js'
import type { Actual, Case, CaseEpoch } from './Case.js'
import { drive, type Drive } from './drive.js'
import { failed, atConstruction } from './faults.js'
import { filesOf } from './files.js'
import { renamed } from './params.js'
import { plateauOf } from './plateaus.js'

/** The two versions differ in a name or two only. */
const dialectOf = (name: string): DialectName => (name === 'tfkeras2' ? 'tfkeras2' : 'keras3')

/** An unknown mode is 'auto', with a warning. */
const modeOf = (mode: unknown): unknown => (mode === 'min' || mode === 'max' || mode === undefined ? mode : 'auto')

/** Keras' parameters as rxfit's options. */
const options = (c: Case): never => {
  const given = renamed(c.params)
  return {
    ...given,
    ...('mode' in given && { mode: modeOf(given['mode']) }),
    ...(c.monitor !== undefined && { monitor: c.monitor }),
    dialect: dialectOf(c.dialect),
  } as never
}

/** Weights are held as float32; the stand-in model has no compiled metrics. */
const run = (c: Case, policy: Policy<never>, epochs: ReadonlyArray<CaseEpoch>): Drive =>
  drive(policy, epochs, { lr: Math.fround(c.initialLr ?? 1), metrics: [] })

const epochsOf = (c: Case): ReadonlyArray<CaseEpoch> =>
  c.epochs ?? (c.values ?? []).map((value) => ({ logs: value === null ? {} : { [c.monitor ?? 'val_loss']: value } }))

const error = ({ failure }: Drive): Actual => (failure ? { ...failed(failure.error), errorEpoch: failure.epoch } : {})

const stopping = (c: Case): Actual => {
  const done = run(c, earlyStopping<never>(options(c)), epochsOf(c))
  const put = done.asked.find(({ command }) => command._tag === 'RestoreWeights')?.command
  const last = done.epochsRun === 0 ? null : done.epochsRun - 1
  const on = c.params['restore_best_weights'] === true
  return {
    stoppedEpoch: done.stopped?.epoch ?? null,
    epochsRun: done.epochsRun,
    restoredEpoch: !on ? null : put?._tag === 'RestoreWeights' ? put.epoch : done.failure ? null : last,
    restored: put !== undefined,
    bestEpoch: done.mind['bestEpoch'] ?? null,
    wait: done.minds.map((mind) => mind['wait']),
    best: done.minds.map((mind) => mind['best']),
    ...error(done),
  }
}

const plateau = (c: Case): Actual => {
  const done = run(c, reduceLROnPlateau<never>(options(c)), epochsOf(c))
  return { ...plateauOf(done, Math.fround(c.initialLr ?? 1)), ...error(done) }
}

const checkpoint = (c: Case): Actual => {
  const done = run(c, modelCheckpoint(options(c)), epochsOf(c))
  const { saves, files } = filesOf(done.asked)
  return {
    epochsRun: done.epochsRun,
    saves,
    kept: files.map((file) => file.epoch).sort((a, b) => a - b),
    files,
    best: done.mind['best'] ?? null,
    ...error(done),
    ...(done.failure && { errorBatch: done.failure.batch }),
  }
}

const nan = (c: Case): Actual => {
  const policy = terminateOnNaN({ raiseError: c.params['raise_error'] === true })
  const done = run(c, policy, epochsOf(c))
  const raised = done.failure
  return {
    stoppedEpoch: done.stopped?.epoch ?? null,
    stoppedBatch: done.stopped?.batch ?? null,
    epochsRun: done.epochsRun,
    ...(raised && {
      ...failed(raised.error, () => 'RuntimeError'),
      errorEpoch: raised.epoch,
      errorBatch: raised.batch,
    }),
  }
}

type Numbers = Readonly<Record<string, number>> & { readonly boundaries: ReadonlyArray<number>; readonly values: never }

/** The schedules that the cases name. Python's int, which is no float, is a bigint here. */
const schedules: Readonly<Record<string, (p: Numbers) => (epoch: number, lr: number) => unknown>> = {
  constant: () => (_, lr) => lr,
  halve: () => (_, lr) => lr / 2,
  multiply: (p) => (_, lr) => lr * Number(p['rate']),
  step_decay: (p) => (e) => Number(p['initial']) * Number(p['drop']) ** Math.floor(e / Number(p['every'])),
  step_decay_1: (p) => (e) => Number(p['initial']) * Number(p['drop']) ** Math.floor((1 + e) / Number(p['every'])),
  exp_after: (p) => (e, lr) => (e < Number(p['start']) ? lr : lr * Math.exp(-Number(p['k']))),
  inverse_time: (p) => (e) => Number(p['initial']) / (1 + Number(p['decay']) * e),
  piecewise: (p) => (e) => p.values[p.boundaries.filter((b) => b <= e).length],
  warmup: (p) => (e) => Number(p['initial']) * Math.min(1, (e + 1) / Number(p['warm'])),
  int_at: (p) => (e, lr) => (e === p['epoch'] ? 1n : lr),
  returns_int: () => () => 1n,
  returns_none: () => () => undefined,
}

const scheduler = (c: Case): Actual => {
  const schedule = schedules[String(c.params['schedule'])]
  if (!schedule) throw new Error(`unknown schedule ${String(c.params['schedule'])}`)
  const f = schedule(c.params as Numbers) as (epoch: number, lr: number) => number
  const policy = learningRateScheduler(f, { dialect: dialectOf(c.dialect) as 'keras3' })
  const done = run(
    c,
    policy,
    Array.from({ length: c.steps ?? 0 }, () => ({ logs: {} })),
  )
  return { epochsRun: done.epochsRun, lr: done.rates, ...error(done) }
}

/** Runs one CSVLogger, and gives what is in the file then; null: there is none. */
const write = (before: string | null, done: Drive): string | null => {
  let text = before
  for (const { command } of done.asked) {
    if (command._tag !== 'AppendRow') continue
    if (command.truncate === true) text = ''
    text ??= ''
    if (text === '' && command.header !== undefined) text = command.header
    text += command.row
  }
  return text
}

const csv = (c: Case): Actual => {
  const runs = c.runs ?? [{ params: {}, epochs: c.epochs ?? [] }]
  const texts: Array<string | null> = []
  for (const { params, epochs } of runs) {
    const given = { ...renamed(c.params), ...renamed(params), dialect: dialectOf(c.dialect) as 'keras3' }
    const done = run(c, csvLogger({ filename: 'log.csv', ...given }), epochs)
    texts.push(write(texts.at(-1) ?? null, done))
  }
  return { text: texts.at(-1) ?? null, ...(c.runs && { texts }) }
}

const policies: Readonly<Record<string, (c: Case) => Actual>> = {
  EarlyStopping: stopping,
  ReduceLROnPlateau: plateau,
  ModelCheckpoint: checkpoint,
  TerminateOnNaN: nan,
  LearningRateScheduler: scheduler,
  CSVLogger: csv,
}

/** What rxfit does in a case of Keras' (3 or 2). */
export const keras = (c: Case): Actual | undefined => {
  try {
    return policies[c.policy]?.(c)
  } catch (cause) {
    return atConstruction(cause)
  }
}
