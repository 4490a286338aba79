import * as E from 'fp-ts/lib/Either.js'
import { encodeJson, type Json } from '../../dsl/Json.js'
import { bones, type State } from '../../dsl/Machine.js'
import type { Problem } from '../../dsl/Options.js'
import { isPolicy, make, type Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'
import { fromSpec, SpecError, type SpecExtras, type SpecFunctions } from '../fromSpec.js'

/** Of the JSON that `suspend` gives. */
const version = 1

/** A policy and how far it has come, as JSON. */
export interface Suspended {
  readonly rxfit: 'policy'
  readonly version: number
  readonly spec: Spec
  readonly state: Json
}

/** As it comes out of a file: no undefined fields, and in an order of its own. */
const plain = (value: unknown): Json => encodeJson(value)

const sorted = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as Readonly<Record<string, Json>>)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]))
}

const sameSpec = (a: unknown, b: unknown): boolean =>
  JSON.stringify(sorted(plain(a))) === JSON.stringify(sorted(plain(b)))

/**
 * A policy and its state as JSON: what it is, and how far it has come. `resume` makes a policy of it that goes on from there.
 * The state is what folding its `step` came to (`machine.run`); without one, where it begins.
 * @category policies
 * @example
 * import { earlyStopping, machine, suspend } from 'rxfit'
 * import { events } from 'rxfit/testing'
 * const policy = earlyStopping({ patience: 3 })
 * const [, state] = machine.run(policy)(events([{ val_loss: 2 }, { val_loss: 3 }]))
 * Object.keys(suspend(policy, state)) // => ['rxfit', 'version', 'spec', 'state']
 */
export const suspend = (
  policy: { readonly spec: Spec; readonly init: State },
  state: State = policy.init,
): Suspended => ({
  rxfit: 'policy',
  version,
  spec: plain(policy.spec) as unknown as Spec,
  state: plain(state),
})

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

/** Whether it is JSON that `suspend` gives, by its own account. */
export const isSuspended = (json: unknown): json is Readonly<Record<string, unknown>> & Pick<Suspended, 'rxfit'> =>
  isObject(json) && json['rxfit'] === 'policy'

const refuse = (...problems: ReadonlyArray<Problem>): E.Either<SpecError, never> => E.left(new SpecError(problems))

const shown = (x: unknown): string => (x === undefined ? 'nothing' : JSON.stringify(plain(x)).slice(0, 60))

/** The same policy, beginning where another has come to. */
const from = (policy: Policy<never>, init: State): Policy<never> =>
  make<never>({ ...bones(policy), init, step: policy.step })

/**
 * Makes a policy of what `suspend` gave: it decides as the suspended one would have gone on to, and begins there wherever it is
 * used (`fit` with `initialEpoch`, `replay`, `events$.pipe`). Functions can't be in JSON: pass those that the spec names, as to
 * `fromSpec`; or pass the policy itself, built anew, whose spec must then be the suspended one's. What is wrong is in the
 * `Left`, never thrown. A state is believed: only what `suspend` wrote should be given back.
 * @category policies
 * @example
 * import * as E from 'fp-ts/lib/Either.js'
 * import { earlyStopping, machine, resume, suspend } from 'rxfit'
 * import { commands, events } from 'rxfit/testing'
 * const policy = earlyStopping({ patience: 2 })
 * const [, state] = machine.run(policy)(events([{ val_loss: 2 }, { val_loss: 3 }]))
 * const text = JSON.stringify(suspend(policy, state))
 * const later = resume(JSON.parse(text))
 * E.isRight(later) && commands(later.right, [{ val_loss: 3 }, { val_loss: 3 }]).map((c) => c._tag) // => ['StopTraining']
 * E.isLeft(resume(JSON.parse(text), earlyStopping({ patience: 5 }))) // => true
 */
export const resume = (
  json: unknown,
  by: Policy<never> | Policy | SpecFunctions = {},
  extras: SpecExtras = {},
): E.Either<SpecError, Policy> => {
  if (!isSuspended(json))
    return refuse({ path: 'rxfit', message: `must be 'policy': what suspend(policy, state) gives, got ${shown(json)}` })
  if (json['version'] !== version)
    return refuse({ path: 'version', message: `must be ${version}, got ${shown(json['version'])}` })
  const { spec, state } = json
  if (state === undefined) return refuse({ path: 'state', message: 'must be there, got nothing' })
  const made: E.Either<SpecError, Policy> = isPolicy(by) ? E.right(by) : fromSpec(spec, by, extras)
  if (E.isLeft(made)) return made
  if (!sameSpec(made.right.spec, spec))
    return refuse({
      path: 'spec',
      message: `is another policy's: the state would mean something else; expected ${shown(made.right.spec)}, got ${shown(spec)}`,
    })
  return E.right(from(made.right as Policy<never>, state as State))
}
