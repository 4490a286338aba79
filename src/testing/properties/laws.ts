import * as fc from 'fast-check'
import { from } from 'rxjs'
import type { Command } from '../../dsl/Command.js'
import { encodeJson } from '../../dsl/Json.js'
import { run, type State } from '../../dsl/Machine.js'
import { isPolicy, type Policy } from '../../dsl/Policy.js'
import { label } from '../../dsl/Spec.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import { shown } from '../../logs/text.js'
import { events } from '../index.js'
import { metricsRead } from '../metricsRead.js'
import { learningRows, type LengthOptions } from './curves.js'

export interface LawsOptions extends LengthOptions {
  /** metrics that the runs have. Default: those that the policy reads, `loss` and `val_loss` */
  readonly metrics?: ReadonlyArray<string>
  /** how many runs each law is tried on. Default 100 */
  readonly numRuns?: number
  /** of these runs. Default: another each time, which the error names */
  readonly seed?: number
}

/** One law; `check` throws an error that shows a run on which it doesn't hold. */
export interface Law {
  readonly name: string
  readonly check: () => void
}

type Events = ReadonlyArray<TrainingEvent<never>>

const throughJson = (state: State): State => JSON.parse(JSON.stringify(state)) as State

const deepFreeze = <T>(x: T): T => {
  if (typeof x === 'object' && x !== null && !Object.isFrozen(x)) {
    Object.freeze(x)
    Object.values(x).forEach(deepFreeze)
  }
  return x
}

const same = (a: unknown, b: unknown, what: string): void => {
  const [left, right] = [JSON.stringify(encodeJson(a)), JSON.stringify(encodeJson(b))]
  if (left !== right) throw new Error(`${what}:\n  ${left}\n  ${right}`)
}

/** JSON says nothing of what it drops: undefined, functions, dates, NaN, -0. */
const mustBeJson = (x: unknown, path: string): void => {
  if (x === null || typeof x === 'string' || typeof x === 'boolean') return
  if (typeof x === 'number' && Number.isFinite(x) && !Object.is(x, -0)) return
  if (Array.isArray(x)) {
    x.forEach((item, i) => mustBeJson(item, `${path}[${i}]`))
    return
  }
  if (typeof x !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(x) as never))
    throw new Error(`${path} is ${Object.is(x, -0) ? '-0' : shown(x)}, which JSON can't hold (see encodeNumber)`)
  for (const [name, value] of Object.entries(x)) mustBeJson(value, `${path}.${name}`)
}

const decided = (policy: Policy<never>, happened: Events, state: State = policy.init) => run(policy, state)(happened)

const theLaws: Readonly<Record<string, (policy: Policy<never>, happened: Events, cut: number) => void>> = {
  'resumes from its state, sent through JSON': (policy, happened, cut) => {
    const [before, after] = [happened.slice(0, cut), happened.slice(cut)]
    const [whole] = decided(policy, happened)
    const [first, between] = decided(policy, before)
    const [second] = decided(policy, after, throughJson(between))
    same([...first, ...second], whole, `cut after ${cut} events it decides otherwise`)
  },
  'has only states that JSON holds': (policy, happened) => {
    let state = policy.init
    mustBeJson(state, 'state')
    for (const event of happened) {
      state = policy.step(state, event)[1]
      mustBeJson(state, 'state')
    }
  },
  'changes nothing that it is given': (policy, happened) => {
    let state = deepFreeze(throughJson(policy.init))
    for (const event of happened) state = deepFreeze(policy.step(state, deepFreeze(event))[1])
  },
  'decides the same when it is run again': (policy, happened) => {
    same(decided(policy, happened), decided(policy, happened), 'run again it decides otherwise')
  },
  'is the RxJS operator of its steps': (policy, happened) => {
    const heard: Array<Command> = []
    const failures: Array<unknown> = []
    policy(from(happened)).subscribe({
      next: (command) => heard.push(command),
      error: (failure) => failures.push(failure),
    })
    if (failures.length > 0) throw failures[0]
    same(heard, decided(policy, happened)[0].flat(), 'as an operator it decides otherwise')
  },
  'is quiet at events that its spec does not name': (policy, happened) => {
    let state = policy.init
    for (const event of happened) {
      const [asked, next] = policy.step(state, event)
      const named = policy.spec.events.includes(event._tag)
      if (!named && (asked.length > 0 || next !== state)) throw new Error(`it acts at ${event._tag}`)
      state = next
    }
  },
}

const runs = (policy: Policy<never>, { metrics, ...options }: LawsOptions): fc.Arbitrary<Events> => {
  const names = metrics ?? [...new Set([...metricsRead(policy.spec), 'loss', 'val_loss'])]
  return fc
    .tuple(learningRows(names, options), fc.boolean())
    .map(([rows, batches]) => events(rows.map((row) => (batches ? { ...row, batches: [row, row] } : row))) as Events)
}

/**
 * The laws that every policy of rxfit obeys, for one of your own: it resumes from its state, holds only what JSON can hold,
 * is pure and deterministic, and is its own RxJS operator. Each is tried on generated runs with gaps and NaN. Any test runner
 * will do: `for (const { name, check } of laws(policy)) it(name, check)`.
 * @category testing
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { laws } from 'rxfit/testing/properties'
 * for (const { check } of laws(earlyStopping({ patience: 2 }))) check()
 * laws(earlyStopping()).length // => 6
 */
export const laws = <M extends string>(policy: Policy<M>, options: LawsOptions = {}): ReadonlyArray<Law> => {
  const machine = policy as unknown as Policy<never>
  if (!isPolicy(machine)) throw new TypeError('laws: the first argument must be a policy; a list becomes one by all(…)')
  const { numRuns = 100, seed } = options
  return Object.entries(theLaws).map(([name, law]) => ({
    name,
    check: () => {
      const property = fc.property(runs(machine, options), fc.double({ min: 0, max: 1, noNaN: true }), (happened, at) =>
        law(machine, happened, Math.round(at * happened.length)),
      )
      const found = fc.check(property, { numRuns, ...(seed !== undefined && { seed }) })
      if (!found.failed) return
      const cause = found.errorInstance instanceof Error ? found.errorInstance.message : String(found.errorInstance)
      const [happened = []] = found.counterexample ?? []
      const rows = happened
        .filter((event) => event._tag === 'EpochEnd')
        .map((event) => JSON.stringify(encodeJson(event.logs)))
      throw new Error(
        `'${label(machine.spec)}' breaks the law that it ${name}: ${cause}\non a run of ${rows.length} epochs (seed ${found.seed}):\n${rows.map((row) => `  ${row}`).join('\n')}`,
      )
    },
  }))
}
