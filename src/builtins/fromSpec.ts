import * as E from 'fp-ts/lib/Either.js'
import type { Command } from '../dsl/Command.js'
import type { Enricher } from '../dsl/Enricher.js'
import { nearest } from '../dsl/nearest.js'
import { OptionError, type Problem } from '../dsl/Options.js'
import * as Policy from '../dsl/Policy.js'
import { isSchedule, type Schedule } from '../dsl/Schedule.js'
import type { Signal } from '../dsl/Signal.js'
import type { Trigger } from '../dsl/Trigger.js'
import * as operators from '../operators/index.js'
import * as schedules from '../schedules/index.js'
import * as hf from '../schedules/hf/index.js'
import * as optax from '../schedules/optax/index.js'
import * as torch from '../schedules/torch/index.js'
import { csvLogger } from './csvLogger.js'
import { earlyStopping } from './earlyStopping.js'
import { history } from './history.js'
import { learningRateScheduler } from './learningRateScheduler.js'
import { modelCheckpoint } from './modelCheckpoint.js'
import { progress } from './progress.js'
import { reduceLROnPlateau } from './reduceLROnPlateau.js'
import { terminateOnNaN } from './terminateOnNaN.js'

/** JSON that describes no policy: everything wrong with it, each with its place. */
export class SpecError extends OptionError {}

/** Functions that a spec names, as `{ $function: name }`; JSON can't hold them. */
export type SpecFunctions = Readonly<Record<string, (...args: never) => unknown>>

type Part = Policy.Policy | Trigger | Signal | Enricher | Schedule
/* eslint-disable @typescript-eslint/no-explicit-any -- JSON comes in here untyped; each constructor checks what it is given */
type Options = any
type Build = (options: Options, children: any) => Part
/* eslint-enable @typescript-eslint/no-explicit-any */

/** The schedules of another framework, each under its framework's name. */
const under = (framework: string, made: object): Readonly<Record<string, Build>> =>
  Object.fromEntries(
    Object.entries(made as Readonly<Record<string, (options: unknown) => Part>>).map(([name, make]) => [
      `${framework}.${name}`,
      (options) => make(options),
    ]),
  )

/** Everything that can stand in a spec, by its kind. A new operator or builtin adds a line here. */
const builders: Readonly<Record<string, Build>> = {
  // signals and enrichers
  monitor: ({ metric, ...o }) => operators.monitor(metric, o),
  ema: ({ decay, ...o }, [s]) => operators.ema(decay, o)(s),
  window: ({ size, summary, ...o }, [s]) => operators.window(size, summary, o)(s),
  best: ({ mode }, [s]) => operators.best(mode)(s),
  delta: (_, [s]) => operators.delta()(s),
  ratio: (_, [a, b]) => operators.ratio(a, b),
  derive: ({ metric, f }, [s]) => operators.derive(metric, s ?? f),
  // triggers
  whenPlateau: (o, [s]) => operators.whenPlateau(s, o),
  whenImproves: (o, [s]) => operators.whenImproves(s, o),
  whenBelow: ({ limit }, [s]) => operators.whenBelow(s, limit),
  whenAbove: ({ limit }, [s]) => operators.whenAbove(s, limit),
  whenNaN: (_, [s]) => operators.whenNaN(s),
  whenDiverges: (o, [s]) => operators.whenDiverges(s, o),
  everyN: ({ n, unit }) => operators.everyN(n, unit),
  onceAt: ({ n, unit }) => operators.onceAt(n, unit),
  after: ({ n, unit }) => operators.after(n, unit),
  before: ({ n, unit }) => operators.before(n, unit),
  between: ({ from, to, unit }) => operators.between(from, to, unit),
  cooldown: ({ n, unit }, [t]) => operators.cooldown(n, unit)(t),
  atMost: ({ n }, [t]) => operators.atMost(n)(t),
  and: (_, [a, b]) => operators.and(a, b),
  or: (_, [a, b]) => operators.or(a, b),
  not: (_, [t]) => operators.not(t),
  during: ({ phase }) => operators.during(phase),
  always: () => operators.always,
  never: () => operators.never,
  // code that JSON can only name
  map: () => {
    throw holdsCode('map', 'a mapped signal')
  },
  fromOperator: () => {
    throw holdsCode('fromOperator', 'an RxJS pipeline')
  },
  // policies
  all: (_, policies) => operators.all(...policies),
  idle: () => Policy.idle,
  emit: (o, [t]) => operators.emit(emission(o))(t),
  enrich: (_, [e, inner]) => operators.enrich(e)(inner),
  named: ({ name }, [p]) => operators.named(name)(p),
  on: ({ event, f }) => operators.on(event, f),
  stopIf: ({ predicate, reason, ...o }) => operators.stopIf(predicate, reason, o),
  scheduleLR: ({ schedule, ...o }, [s]) => operators.scheduleLR(scheduleIn('scheduleLR', s ?? schedule), o),
  lambda: (o) => operators.lambda(o),
  // schedules
  constant: ({ value }) => schedules.constant(value),
  stepDecay: (o) => schedules.stepDecay(o),
  exponential: (o) => schedules.exponential(o),
  polynomial: (o) => schedules.polynomial(o),
  cosine: (o) => schedules.cosine(o),
  cosineRestarts: (o) => schedules.cosineRestarts(o),
  inverseTime: (o) => schedules.inverseTime(o),
  warmup: ({ then, ...o }, [s]) => schedules.warmup(o)(scheduleIn('warmup', s ?? then)),
  oneCycle: (o) => schedules.oneCycle(o),
  piecewise: (o) => schedules.piecewise(o),
  join: ({ schedules: list, boundaries }, children) =>
    schedules.join(children.length > 0 ? children : list, boundaries),
  scale: ({ factor, schedule }, [s]) => schedules.scale(factor)(scheduleIn('scale', s ?? schedule)),
  // other frameworks' schedules, as `torch.stepLR`
  ...under('torch', torch),
  ...under('hf', hf),
  ...under('optax', optax),
  'torch.sequentialLR': ({ schedulers: list, milestones }, children) =>
    torch.sequentialLR(children.length > 0 ? children : list, milestones),
  'optax.joinSchedules': ({ schedules: list, boundaries }, children) =>
    optax.joinSchedules(children.length > 0 ? children : list, boundaries),
  // named callbacks
  earlyStopping: (o) => earlyStopping(o),
  reduceLROnPlateau: (o) => reduceLROnPlateau(o),
  learningRateScheduler: ({ schedule, ...o }, [s]) =>
    learningRateScheduler(
      typeof schedule === 'function' ? schedule : scheduleIn('learningRateScheduler', s ?? schedule),
      o,
    ),
  modelCheckpoint: (o) => modelCheckpoint(o),
  terminateOnNaN: (o) => terminateOnNaN(o),
  csvLogger: (o) => csvLogger(o),
  history: (o) => history(o),
  progress: (o) => progress(o),
}

/** Every name that a spec or a callbacks file may use. */
export const kinds: ReadonlyArray<string> = Object.keys(builders)

const scheduleIn = (kind: string, given: unknown): Schedule => {
  if (isSchedule(given)) return given
  throw new OptionError([
    { path: `${kind}.schedule`, message: 'must be a schedule, such as {"cosine": {"initial": 0.1, "steps": 50}}' },
  ])
}

const emission = ({ commands, ...f }: Readonly<Record<string, unknown>>): operators.Emission => {
  if (commands === undefined) return (Object.values(f) as ReadonlyArray<operators.Emission>)[0] ?? []
  const list: ReadonlyArray<unknown> = Array.isArray(commands) ? commands : [commands]
  const stranger = list.find((command) => !isObject(command) || typeof command['_tag'] !== 'string')
  if (stranger !== undefined)
    throw new OptionError([
      { path: 'emit.commands', message: `must be commands with a "_tag", got ${JSON.stringify(stranger)}` },
    ])
  if (list.some((command) => (command as Command)._tag === 'Run')) throw holdsCode('emit.commands', 'a Run')
  return list as ReadonlyArray<Command>
}

/** Code can't come out of JSON. */
const holdsCode = (path: string, what: string): OptionError =>
  new OptionError([{ path, message: `${what} holds a function, which JSON can't hold; build this part in code` }])

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

/** Reads a spec; notes everything wrong, and gives undefined where nothing can be built. */
const reader = (functions: SpecFunctions, problems: Array<Problem>) => {
  const wrong = (path: string, message: string): undefined => {
    problems.push({ path, message })
    return undefined
  }

  const named = (name: unknown, path: string): unknown =>
    typeof name === 'string' && Object.hasOwn(functions, name)
      ? functions[name]
      : wrong(path, `is a function, which JSON can't hold: pass it as fromSpec(json, { ${String(name)}: … })`)

  /** An option's value: a function by its name, a part in the one-key form, or plain JSON. */
  const option = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => option(item, `${path}[${i}]`))
    if (!isObject(value)) return value
    if ('$function' in value) return named(value['$function'], path)
    if (typeof value['kind'] === 'string') return spec(value, path)
    const keys = Object.keys(value)
    return keys.length === 1 && Object.hasOwn(builders, keys[0] as string) ? oneKey(value, path) : value
  }

  const construct = (kind: string, path: string, given: unknown, children: ReadonlyArray<Part>): Part | undefined => {
    const build = Object.hasOwn(builders, kind) ? builders[kind] : undefined
    if (!build) {
      const guess = nearest(kind, kinds)
      return wrong(`${path}${kind}`, `unknown name${guess ? ` (did you mean '${guess}'?)` : ''}`)
    }
    if (!isObject(given)) return wrong(`${path}${kind}`, `must be an object of options, got ${JSON.stringify(given)}`)
    const before = problems.length
    const entries = Object.entries(given).map(([name, value]) => {
      const inside = kind === 'emit' && name === 'commands' ? value : option(value, `${path}${kind}.${name}`)
      return [name, inside] as const
    })
    if (problems.length > before) return undefined
    try {
      return build(Object.fromEntries(entries), children)
    } catch (error) {
      if (error instanceof OptionError) {
        problems.push(...error.problems.map((problem) => ({ ...problem, path: `${path}${problem.path}` })))
        return undefined
      }
      return wrong(`${path}${kind}`, error instanceof Error ? error.message : String(error))
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
    return construct(kind, path === '' ? '' : `${path}.`, json[kind], [])
  }

  /** `{ "kind": "earlyStopping", "options": { … }, "children": [ … ] }` */
  const spec = (json: Readonly<Record<string, unknown>>, path: string): Part | undefined => {
    const { kind, options = {}, children = [] } = json
    if (typeof kind !== 'string') return wrong(path || 'spec', 'must have a "kind"')
    if (!Array.isArray(children)) return wrong(`${path}.children`, 'must be a list')
    const before = problems.length
    const parts = children.map((child: unknown, i) => part(child, `${path}${path && '.'}children[${i}]`))
    if (problems.length > before) return undefined
    return construct(kind, path && `${path}.`, options, parts as ReadonlyArray<Part>)
  }

  const part = (json: unknown, path: string): Part | undefined => {
    if (!isObject(json)) return wrong(path || 'callbacks', `must be an object, got ${JSON.stringify(json)}`)
    return typeof json['kind'] === 'string' ? spec(json, path) : oneKey(json, path)
  }

  return part
}

/**
 * Makes a policy of JSON: of a spec (`toSpec`), or of a callbacks file, a list of one-key objects with the callback's name
 * and its options. Says everything that is wrong at once, each with its path; unknown names and options are refused with the
 * nearest. Functions can't be in JSON: where a spec names one, `functions` must have it.
 * @category policies
 * @example
 * import { explain, fromSpec } from 'rxfit'
 * import * as E from 'fp-ts/lib/Either.js'
 * const callbacks = fromSpec([{ earlyStopping: { patience: 3 } }])
 * E.isRight(callbacks) && explain(callbacks.right) // => 'all\n└─ earlyStopping patience=3'
 * const wrong = fromSpec([{ earlyStopping: { patiense: 3 } }])
 * E.isLeft(wrong) && wrong.left.message.includes("did you mean 'patience'?") // => true
 */
export const fromSpec = (json: unknown, functions: SpecFunctions = {}): E.Either<SpecError, Policy.Policy> => {
  const problems: Array<Problem> = []
  const part = reader(functions, problems)
  const policy = (item: unknown, path: string): ReadonlyArray<Policy.Policy> => {
    const made = part(item, path)
    if (made === undefined) return []
    if (Policy.isPolicy(made)) return [made]
    problems.push({ path: path || 'spec', message: 'must be a policy; this is only a part of one' })
    return []
  }
  const policies = Array.isArray(json) ? json.flatMap((item, i) => policy(item, `[${i}]`)) : policy(json, '')
  if (problems.length > 0) return E.left(new SpecError(problems))
  return E.right(Array.isArray(json) ? operators.all(...policies) : (policies[0] as Policy.Policy))
}
