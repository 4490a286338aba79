import * as E from 'fp-ts/lib/Either.js'
import * as v from 'valibot'
import type { Enricher } from '../dsl/Enricher.js'
import { nearest } from '../dsl/nearest.js'
import { check, OptionError, type Problem } from '../dsl/Options.js'
import { confine, confineParts, permissionsSchema, type Permissions } from '../dsl/Permissions.js'
import * as Policy from '../dsl/Policy.js'
import { isSchedule, type Schedule } from '../dsl/Schedule.js'
import type { Signal } from '../dsl/Signal.js'
import type { Spec } from '../dsl/Spec.js'
import type { Trigger } from '../dsl/Trigger.js'
import * as operators from '../operators/index.js'
import { oneOfSorts, shown, sortOf, type Sort } from '../operators/internal/parts.js'
import * as schedules from '../schedules/index.js'
import * as hf from '../schedules/hf/index.js'
import * as optax from '../schedules/optax/index.js'
import * as torch from '../schedules/torch/index.js'
import { backupAndRestore } from './backupAndRestore.js'
import { baseLogger } from './baseLogger.js'
import { clipGradients } from './clipGradients.js'
import { controlledStoppingCheckpoint } from './controlledStoppingCheckpoint.js'
import { csvLogger } from './csvLogger.js'
import { detectOverfitting } from './detectOverfitting.js'
import { divergence } from './divergence.js'
import { earlyStopping } from './earlyStopping.js'
import { evaluateEvery } from './evaluateEvery.js'
import { gradientAccumulationScheduler } from './gradientAccumulationScheduler.js'
import { gradientNorms } from './gradientNorms.js'
import { history } from './history.js'
import { historyRecorder } from './historyRecorder.js'
import { layerFreezing } from './layerFreezing.js'
import { learningRateScheduler } from './learningRateScheduler.js'
import { modelCheckpoint } from './modelCheckpoint.js'
import { nothingCallback } from './nothingCallback.js'
import { prechelt } from './prechelt.js'
import { progbarLogger } from './progbarLogger.js'
import { reduceLROnPlateau } from './reduceLROnPlateau.js'
import { remoteMonitor } from './remoteMonitor.js'
import { scheduledLRReduction } from './scheduledLRReduction.js'
import { stepwiseLRReduction } from './stepwiseLRReduction.js'
import { stochasticWeightAveraging } from './stochasticWeightAveraging.js'
import { stopAfterSteps } from './stopAfterSteps.js'
import { stopAtThreshold } from './stopAtThreshold.js'
import { swapEMAWeights } from './swapEMAWeights.js'
import { terminateOnNaN } from './terminateOnNaN.js'
import { textComparison } from './textComparison.js'
import { timeStopping } from './timeStopping.js'
import { visualize } from './visualize.js'
import { weightAveraging } from './weightAveraging.js'
import { readCommands } from './spec/commands.js'
import { deepest, flawsIn } from './spec/nesting.js'
import { tensorBoard } from './tensorBoard.js'

/** JSON that describes no policy: everything wrong with it, each with its place. */
export class SpecError extends OptionError {
  override readonly name = 'SpecError'
}

/** Functions that a spec names, as `{ $function: name }`; JSON can't hold them. */
export type SpecFunctions = Readonly<Record<string, (...args: never) => unknown>>

/** What else a spec may refer to. */
export interface SpecExtras {
  /** the `_tag`s of your own commands; others than these and rxfit's are refused in `emit` */
  readonly commands?: ReadonlyArray<string>
  /**
   * where what the JSON describes may write and send requests to, when it is carried out. Default: below the working directory,
   * without links that lead out of it, and no requests. What reaches further fails the fit
   */
  readonly allow?: Permissions
}

type Part = Policy.Policy | Trigger | Signal | Enricher | Schedule
/* eslint-disable @typescript-eslint/no-explicit-any -- JSON comes in here untyped; each constructor checks what it is given */
type Options = any
type Build = (options: Options, children: any, own: ReadonlyArray<string>) => Part
/* eslint-enable @typescript-eslint/no-explicit-any */

/** What may stand inside a part: how many, and what each is; the last slot is that of all that follow. */
interface Children {
  readonly least: number
  readonly most: number
  readonly slots: ReadonlyArray<ReadonlyArray<Sort>>
}

interface Row {
  /** names of its options, where `build` takes them apart; otherwise the constructor refuses those it doesn't know */
  readonly options?: ReadonlyArray<string>
  /** none unless said otherwise */
  readonly children?: Children
  readonly build: Build
}

/** A part that JSON can only name, since it holds a function: what it is. */
interface Code {
  readonly code: string
}

const exactly = (...slots: ReadonlyArray<Sort | ReadonlyArray<Sort>>): Children => ({
  least: slots.length,
  most: slots.length,
  slots: slots.map((slot) => (typeof slot === 'string' ? [slot] : slot)),
})
const maybe = (sort: Sort): Children => ({ least: 0, most: 1, slots: [[sort]] })
const many = (sort: Sort, least = 0, most = Infinity): Children => ({ least, most, slots: [[sort]] })
const childless = exactly()

/** The schedules of another framework, each under its framework's name. */
const under = (framework: string, made: object): Readonly<Record<string, Row>> =>
  Object.fromEntries(
    Object.entries(made as Readonly<Record<string, (options: unknown) => Part>>).map(([name, make]) => [
      `${framework}.${name}`,
      { build: (options) => make(options) },
    ]),
  )

const counting = ['n', 'unit']

/** Options that hold a schedule or several: an unknown name in one is said to be that. */
const scheduleOptions: ReadonlySet<string> = new Set(['schedule', 'schedules', 'schedulers', 'then'])

/** Everything that can stand in a spec, by its kind. A new operator or builtin adds a line here. */
const table: Readonly<Record<string, Row | Code>> = {
  // signals and enrichers
  monitor: { options: ['metric', 'at', 'onMissing'], build: ({ metric, ...o }) => operators.monitor(metric, o) },
  ema: {
    options: ['decay', 'debias'],
    children: exactly('signal'),
    build: ({ decay, ...o }, [s]) => operators.ema(decay, o)(s),
  },
  window: {
    options: ['size', 'summary', 'partial'],
    children: exactly('signal'),
    build: ({ size, summary, ...o }, [s]) => operators.window(size, summary, o)(s),
  },
  best: { options: ['mode'], children: exactly('signal'), build: ({ mode }, [s]) => operators.best(mode)(s) },
  delta: { options: [], children: exactly('signal'), build: (_, [s]) => operators.delta()(s) },
  ratio: { options: [], children: exactly('signal', 'signal'), build: (_, [a, b]) => operators.ratio(a, b) },
  derive: {
    options: ['metric', 'f'],
    children: maybe('signal'),
    build: ({ metric, f }, [s]) => operators.derive(metric, eitherOf('derive.f', functionIn, f, s)),
  },
  baseLogger: { build: (o) => baseLogger(o) },
  // triggers
  whenPlateau: { children: exactly('signal'), build: (o, [s]) => operators.whenPlateau(s, o) },
  whenImproves: { children: exactly('signal'), build: (o, [s]) => operators.whenImproves(s, o) },
  whenBelow: { options: ['limit'], children: exactly('signal'), build: (o, [s]) => operators.whenBelow(s, o.limit) },
  whenAbove: { options: ['limit'], children: exactly('signal'), build: (o, [s]) => operators.whenAbove(s, o.limit) },
  whenNaN: { options: [], children: maybe('signal'), build: (_, [s]) => operators.whenNaN(s) },
  whenDiverges: { children: exactly('signal'), build: (o, [s]) => operators.whenDiverges(s, o) },
  whenGeneralizationLoss: { children: exactly('signal'), build: (o, [s]) => operators.whenGeneralizationLoss(s, o) },
  whenProgressQuotient: {
    children: exactly('signal', 'signal'),
    build: (o, [error, training]) => operators.whenProgressQuotient(error, training, o),
  },
  whenIncreases: { children: exactly('signal'), build: (o, [s]) => operators.whenIncreases(s, o) },
  whenElapsed: {
    options: ['duration', 'at'],
    build: ({ duration, ...o }) => operators.whenElapsed(duration, o),
  },
  everyN: { options: counting, build: ({ n, unit }) => operators.everyN(n, unit) },
  onceAt: { options: counting, build: ({ n, unit }) => operators.onceAt(n, unit) },
  after: { options: counting, build: ({ n, unit }) => operators.after(n, unit) },
  before: { options: counting, build: ({ n, unit }) => operators.before(n, unit) },
  between: { options: ['from', 'to', 'unit'], build: ({ from, to, unit }) => operators.between(from, to, unit) },
  cooldown: {
    options: counting,
    children: exactly('trigger'),
    build: ({ n, unit }, [t]) => operators.cooldown(n, unit)(t),
  },
  atMost: { options: ['n'], children: exactly('trigger'), build: ({ n }, [t]) => operators.atMost(n)(t) },
  // of many triggers these make pairs within pairs
  and: { options: [], children: many('trigger', 1, deepest), build: (_, [t, ...more]) => operators.and(t, ...more) },
  or: { options: [], children: many('trigger', 1, deepest), build: (_, [t, ...more]) => operators.or(t, ...more) },
  not: { options: [], children: exactly('trigger'), build: (_, [t]) => operators.not(t) },
  during: { options: ['phase'], build: ({ phase }) => operators.during(phase) },
  always: { options: [], build: () => operators.always },
  never: { options: [], build: () => operators.never },
  // code that JSON can only name
  map: { code: "a mapped signal holds a function, which JSON can't hold" },
  fromOperator: { code: "an RxJS pipeline holds a function, which JSON can't hold" },
  // policies
  all: { options: [], children: many('policy'), build: (_, policies) => Policy.concatAll(policies) },
  idle: { options: [], build: () => Policy.idle },
  emit: {
    options: ['commands', 'f'],
    children: exactly('trigger'),
    build: (o, [t], own) => operators.emit(emission(o, own))(t),
  },
  enrich: {
    options: [],
    children: exactly('enricher', ['policy', 'signal', 'trigger']),
    build: (_, [e, inner]) => operators.enrich(e)(inner),
  },
  named: { options: ['name'], children: exactly('policy'), build: ({ name }, [p]) => operators.named(name)(p) },
  on: { options: ['event', 'f'], build: ({ event, f }) => operators.on(event, f) },
  stopIf: {
    options: ['predicate', 'reason', 'at'],
    build: ({ predicate, reason, ...o }) => operators.stopIf(predicate, reason, o),
  },
  scheduleLR: {
    options: ['schedule', 'per', 'relative'],
    children: maybe('schedule'),
    build: ({ schedule, ...o }, [s]) =>
      operators.scheduleLR(eitherOf('scheduleLR.schedule', scheduleIn, schedule, s), o),
  },
  lambda: { build: (o) => operators.lambda(o) },
  // schedules
  constant: { options: ['value'], build: ({ value }) => schedules.constant(value) },
  stepDecay: { build: (o) => schedules.stepDecay(o) },
  exponential: { build: (o) => schedules.exponential(o) },
  polynomial: { build: (o) => schedules.polynomial(o) },
  cosine: { build: (o) => schedules.cosine(o) },
  cosineRestarts: { build: (o) => schedules.cosineRestarts(o) },
  inverseTime: { build: (o) => schedules.inverseTime(o) },
  warmup: {
    options: ['steps', 'from', 'then'],
    children: maybe('schedule'),
    build: ({ then, ...o }, [s]) => schedules.warmup(o)(eitherOf('warmup.then', scheduleIn, then, s)),
  },
  oneCycle: { build: (o) => schedules.oneCycle(o) },
  piecewise: { build: (o) => schedules.piecewise(o) },
  join: {
    options: ['schedules', 'boundaries'],
    children: many('schedule'),
    build: (o, children) => schedules.join(listOf('join.schedules', o.schedules, children), o.boundaries),
  },
  scale: {
    options: ['factor', 'schedule'],
    children: maybe('schedule'),
    build: ({ factor, schedule }, [s]) => schedules.scale(factor)(eitherOf('scale.schedule', scheduleIn, schedule, s)),
  },
  // other frameworks' schedules, as `torch.stepLR`
  ...under('torch', torch),
  ...under('hf', hf),
  ...under('optax', optax),
  'torch.sequentialLR': {
    options: ['schedulers', 'milestones'],
    children: many('schedule'),
    build: (o, children) =>
      torch.sequentialLR(listOf('torch.sequentialLR.schedulers', o.schedulers, children), o.milestones),
  },
  'optax.joinSchedules': {
    options: ['schedules', 'boundaries'],
    children: many('schedule'),
    build: (o, children) =>
      optax.joinSchedules(listOf('optax.joinSchedules.schedules', o.schedules, children), o.boundaries),
  },
  // named callbacks
  earlyStopping: { build: (o) => earlyStopping(o) },
  evaluateEvery: { build: (o) => evaluateEvery(o) },
  syncDirectory: { code: 'it runs a program, which callbacks from elsewhere must not' },
  textComparison: { build: (o) => textComparison(o) },
  visualize: { build: (o) => visualize(o) },
  reduceLROnPlateau: { build: (o) => reduceLROnPlateau(o) },
  learningRateScheduler: {
    options: ['schedule', 'verbose', 'dialect'],
    children: maybe('schedule'),
    build: ({ schedule, ...o }, [s]) =>
      learningRateScheduler(eitherOf('learningRateScheduler.schedule', rateIn, schedule, s), o),
  },
  modelCheckpoint: { build: (o) => modelCheckpoint(o) },
  terminateOnNaN: { build: (o) => terminateOnNaN(o) },
  csvLogger: { build: (o) => csvLogger(o) },
  tensorBoard: { build: ({ logDir, ...o }) => tensorBoard(logDir, o) },
  history: { build: (o) => history(o) },
  historyRecorder: { build: (o) => historyRecorder(o) },
  progbarLogger: { build: (o) => progbarLogger(o) },
  nothingCallback: { build: (o) => nothingCallback(o) },
  controlledStoppingCheckpoint: { build: (o) => controlledStoppingCheckpoint(o) },
  stepwiseLRReduction: { build: (o) => stepwiseLRReduction(o) },
  scheduledLRReduction: { build: (o) => scheduledLRReduction(o) },
  detectOverfitting: { build: (o) => detectOverfitting(o) },
  divergence: { build: (o) => divergence(o) },
  prechelt: { build: (o) => prechelt(o) },
  stopAtThreshold: { build: (o) => stopAtThreshold(o) },
  backupAndRestore: { build: (o) => backupAndRestore(o) },
  stopAfterSteps: { build: (o) => stopAfterSteps(o) },
  timeStopping: { build: (o) => timeStopping(o) },
  swapEMAWeights: { build: (o) => swapEMAWeights(o) },
  weightAveraging: { build: (o) => weightAveraging(o) },
  stochasticWeightAveraging: { build: (o) => stochasticWeightAveraging(o) },
  gradientAccumulationScheduler: { build: (o) => gradientAccumulationScheduler(o) },
  gradientNorms: { build: (o) => gradientNorms(o) },
  clipGradients: { build: (o) => clipGradients(o) },
  layerFreezing: { build: (o) => layerFreezing(o) },
  remoteMonitor: { build: (o) => remoteMonitor(o) },
}

/** Every name that a spec or a callbacks file may use. */
export const kinds: ReadonlyArray<string> = Object.keys(table)

// ------------------------------------------------------------------------------------------------- reading an option

const refuse = (path: string, message: string): never => {
  throw new OptionError([{ path, message }])
}

type Read<A> = (path: string, given: unknown) => A

const scheduleIn: Read<Schedule> = (path, given) =>
  isSchedule(given)
    ? given
    : refuse(path, `must be a schedule, such as {"cosine": {"initial": 0.1, "steps": 50}}, got ${shown(given)}`)

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a function of the user's; no one can look inside
const functionIn: Read<(...args: any) => any> = (path, given) =>
  typeof given === 'function' && sortOf(given) === undefined
    ? (given as () => unknown)
    : refuse(path, `must be a function, such as {"$function": "its name"}, got ${shown(given)}`)

const rateIn: Read<Schedule | ((epoch: number, lr: number) => number)> = (path, given) =>
  typeof given === 'function' ? functionIn(path, given) : scheduleIn(path, given)

/** What stands in an option, or as a child; not in both. */
const eitherOf = <A>(path: string, read: Read<A>, option: unknown, child: A | undefined): A => {
  if (child === undefined) return read(path, option)
  return option === undefined ? child : refuse(path, 'is there twice: as an option and as a child')
}

/** Schedules in an option, or as children. */
const listOf = (path: string, option: unknown, children: ReadonlyArray<Schedule>): ReadonlyArray<Schedule> => {
  if (children.length > 0)
    return option === undefined ? children : refuse(path, 'are there twice: as an option and as children')
  if (!Array.isArray(option)) return refuse(path, `must be a list of schedules, got ${shown(option)}`)
  return option.map((item, i) => scheduleIn(`${path}[${i}]`, item))
}

const emission = (
  { commands, f }: Readonly<Record<string, unknown>>,
  own: ReadonlyArray<string>,
): operators.Emission => {
  if (f === undefined) return readCommands(commands, 'emit.commands', own)
  return commands === undefined
    ? functionIn('emit.f', f)
    : refuse('emit.f', 'is there beside commands: give one of them')
}

// --------------------------------------------------------------------------------------------------- reading a part

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

/** What takes the place of a part that couldn't be made, so that what it stands in can be checked all the same. */
const standIns: Readonly<Record<Sort, Part>> = {
  policy: Policy.idle,
  trigger: operators.never,
  signal: operators.monitor('loss'),
  enricher: operators.derive('loss', operators.monitor('loss')),
  schedule: schedules.constant(0),
}

/** What is wrong with the number of children; undefined where nothing is. */
const miscounted = ({ least, most, slots }: Children, n: number): string | undefined => {
  if (n >= least && n <= most) return undefined
  if (most === 0) return `takes no children, got ${n}`
  const bound = least === most ? '' : n < least ? 'at least ' : 'at most '
  const due = n < least ? least : most
  const each = least !== most && most > 1 ? 'each ' : ''
  return `must have ${bound}${due} ${due === 1 ? 'child' : 'children'}, ${each}${slots.map(oneOfSorts).join(', then ')}; got ${n}`
}

const didYouMean = (name: string, names: ReadonlyArray<string>): string => {
  const guess = nearest(name, names)
  return guess ? ` (did you mean '${guess}'?)` : ''
}

/** A spec's fields; only the first three are read, the others follow from them. */
const fields = Object.keys({
  kind: true,
  options: true,
  children: true,
  metrics: true,
  provides: true,
  events: true,
  ambient: true,
  follows: true,
  ignoresRate: true,
  timed: true,
  freezes: true,
  unfreezes: true,
  learningRate: true,
} satisfies Record<keyof Spec, true>)

/** Reads a spec; notes everything wrong, and gives undefined where nothing can be built. */
const reader = (functions: SpecFunctions, own: ReadonlyArray<string>, problems: Array<Problem>) => {
  const wrong = (path: string, message: string): undefined => {
    problems.push({ path, message })
    return undefined
  }
  const allWrong = (found: ReadonlyArray<Problem>, path: string): undefined => {
    for (const { path: inside, message } of found) wrong(`${path}${inside}`, message)
    return undefined
  }

  const named = (name: unknown, path: string): unknown => {
    if (typeof name !== 'string') return wrong(path, `must name a function, got ${shown(name)}`)
    const f = Object.hasOwn(functions, name) ? (functions[name] as unknown) : undefined
    if (typeof f === 'function') return f
    return wrong(path, `is a function, which JSON can't hold: pass it as fromSpec(json, { ${name}: … })`)
  }

  /** An option's value: a function by its name, a part in the one-key form, or plain JSON, unless it must be a part. */
  const option = (value: unknown, path: string, mustBePart: boolean): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => option(item, `${path}[${i}]`, mustBePart))
    if (!isObject(value)) return value
    if (Object.hasOwn(value, '$function')) return named(value['$function'], path)
    if (typeof value['kind'] === 'string') return spec(value, path)
    const keys = Object.keys(value)
    return keys.length === 1 && (mustBePart || Object.hasOwn(table, keys[0] as string)) ? oneKey(value, path) : value
  }

  /** The options as the constructor wants them; undefined if one can't be read. */
  const optionsOf = (kind: string, row: Row, given: unknown, at: string): object | undefined => {
    if (!isObject(given)) return wrong(at, `must be an object of options, got ${shown(given)}`)
    const names = row.options
    if (names) {
      const known = v.strictObject(Object.fromEntries(names.map((name) => [name, v.optional(v.unknown())])))
      const checked = check(at, known, given)
      if (!checked.ok) allWrong(checked.problems, '')
    }
    const before = problems.length
    const read = Object.entries(given)
      .filter(([name]) => !names || names.includes(name))
      // commands are data: nothing in them is a part
      .map(([name, value]) => [
        name,
        kind === 'emit' && name === 'commands' ? value : option(value, `${at}.${name}`, scheduleOptions.has(name)),
      ])
    return problems.length > before ? undefined : (Object.fromEntries(read) as object)
  }

  /** The parts inside, as many as there have to be and each what it has to be; undefined if there is no list of them. */
  const childrenOf = ({ children = childless }: Row, given: unknown, at: string): ReadonlyArray<Part> | undefined => {
    if (!Array.isArray(given)) return wrong(`${at}.children`, `must be a list, got ${shown(given)}`)
    const { least, most, slots } = children
    const miscount = miscounted(children, given.length)
    if (miscount !== undefined) wrong(at, miscount)
    return Array.from({ length: Math.min(most, Math.max(least, given.length)) }, (_, i) => {
      const slot = (slots[i] ?? slots.at(-1)) as readonly [Sort, ...ReadonlyArray<Sort>]
      const child = i < given.length ? fitting(given[i], `${at}.children[${i}]`, slot) : undefined
      return child ?? standIns[slot[0]]
    })
  }

  const construct = (kind: string, path: string, given: unknown, children: unknown): Part | undefined => {
    const at = `${path}${kind}`
    const row = Object.hasOwn(table, kind) ? table[kind] : undefined
    if (!row) return wrong(at, `unknown name${didYouMean(kind, kinds)}`)
    if ('code' in row) return wrong(at, `${row.code}; build this part in code`)
    const before = problems.length
    const options = optionsOf(kind, row, given, at)
    const parts = childrenOf(row, children, at)
    if (!options || !parts) return undefined
    try {
      const made = row.build(options, parts, own)
      return problems.length > before ? undefined : made
    } catch (error) {
      if (error instanceof OptionError) return allWrong(error.problems, path)
      return wrong(at, error instanceof Error ? error.message : String(error))
    }
  }

  /** `{ "earlyStopping": { … } }` */
  const oneKey = (json: Readonly<Record<string, unknown>>, path: string): Part | undefined => {
    const [kind, ...more] = Object.keys(json)
    if (kind === undefined || more.length > 0)
      return wrong(
        path || 'callbacks',
        `must have one key, the callback's name, got ${more.length + (kind === undefined ? 0 : 1)}`,
      )
    return construct(kind, path && `${path}.`, json[kind], [])
  }

  /** `{ "kind": "earlyStopping", "options": { … }, "children": [ … ] }` */
  const spec = (json: Readonly<Record<string, unknown>>, path: string): Part | undefined => {
    const { kind, options = {}, children = [] } = json
    if (typeof kind !== 'string')
      return wrong(path || 'spec', `must have a "kind" that is a string, got ${shown(kind)}`)
    const before = problems.length
    for (const name of Object.keys(json).filter((name) => !fields.includes(name)))
      wrong(
        `${path && `${path}.`}${kind}.${name}`,
        `unknown field${didYouMean(name, fields)}; beside "kind" there is "options" and "children"`,
      )
    const made = construct(kind, path && `${path}.`, options, children)
    return problems.length > before ? undefined : made
  }

  const part = (json: unknown, path: string): Part | undefined => {
    if (!isObject(json)) return wrong(path || 'callbacks', `must be an object, got ${shown(json)}`)
    return Object.hasOwn(json, 'kind') ? spec(json, path) : oneKey(json, path)
  }

  /** A part that is one of these. */
  const fitting = (json: unknown, path: string, sorts: ReadonlyArray<Sort>): Part | undefined => {
    const made = part(json, path)
    const sort = sortOf(made)
    if (sort === undefined || sorts.includes(sort)) return made
    return wrong(path || 'spec', `must be ${oneOfSorts(sorts)}, got ${shown(made)}`)
  }

  return (json: unknown, path: string) => fitting(json, path, ['policy']) as Policy.Policy | undefined
}

const read = (
  json: unknown,
  functions: SpecFunctions,
  { commands: own = [], allow }: SpecExtras,
): E.Either<SpecError, Policy.Policy> => {
  const flaws = flawsIn(json)
  if (flaws.length > 0) return E.left(new SpecError(flaws))
  const permissions = check('fromSpec.allow', permissionsSchema, allow)
  if (!permissions.ok) return E.left(new SpecError(permissions.problems))
  const problems: Array<Problem> = []
  const policy = reader(functions, own, problems)
  const made = Array.isArray(json) ? json.map((item, i) => policy(item, `[${i}]`)) : policy(json, '')
  if (problems.length > 0) return E.left(new SpecError(problems))
  const whole = Array.isArray(made) ? Policy.concatAll(made as ReadonlyArray<Policy.Policy>) : (made as Policy.Policy)
  // its commands reach no further than they may, nor does what a fit does by its spec
  const confined = Policy.signed(confine(permissions.options))(whole)
  confineParts(confined.spec, permissions.options)
  return E.right(confined)
}

/**
 * Makes a policy of JSON: of a spec (`toSpec`), or of a callbacks file, a list of one-key objects with the callback's name
 * and its options. Says everything that is wrong at once, each with its path; unknown names and options are refused with the
 * nearest. Functions can't be in JSON: where a spec names one, `functions` must have it. Your own commands in an `emit` have to
 * be named too: `{ commands: ['Page'] }`. Never throws.
 *
 * JSON may come from anywhere, so when it is carried out it writes below the working directory only, and sends no requests;
 * `{ allow: { paths: '/data/runs', network: ['http://localhost:9000'] } }` says otherwise. What reaches further fails the fit.
 * @category policies
 * @example
 * import { explain, fromSpec } from 'rxfit'
 * import * as E from 'fp-ts/lib/Either.js'
 * const callbacks = fromSpec([{ earlyStopping: { patience: 3 } }])
 * E.isRight(callbacks) && explain(callbacks.right) // => 'all\n└─ earlyStopping patience=3'
 * const wrong = fromSpec([{ earlyStopping: { patiense: 3 } }])
 * E.isLeft(wrong) && wrong.left.message.includes("did you mean 'patience'?") // => true
 */
export const fromSpec = (
  json: unknown,
  functions: SpecFunctions | null = {},
  extras: SpecExtras | null = {},
): E.Either<SpecError, Policy.Policy> => {
  try {
    return read(json, functions ?? {}, extras ?? {})
  } catch (error) {
    // too much for the engine, or a getter that throws
    const message = error instanceof Error ? error.message : String(error)
    return E.left(new SpecError([{ path: 'spec', message: `can't be read: ${message}` }]))
  }
}
