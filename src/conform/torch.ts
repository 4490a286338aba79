import { reduceLROnPlateau } from '../builtins/reduceLROnPlateau.js'
import type { Schedule } from '../dsl/Schedule.js'
import * as schedulers from '../schedules/torch/index.js'
import type { Actual, Case } from './Case.js'
import { curve } from './curves.js'
import { atConstruction } from './faults.js'
import { renamed } from './params.js'
import { plateauOf } from './plateaus.js'
import { failure, runValues } from './values.js'

const plateau = (c: Case): Actual => {
  const options = { ...renamed(c.params), monitor: c.monitor, dialect: 'torch' } as never
  const done = runValues(c, reduceLROnPlateau<never>(options))
  return { ...plateauOf(done, c.initialLr ?? 1), ...failure(done) }
}

type Params = Readonly<Record<string, unknown>>

/** Parameters of the momentum that is cycled alongside. */
const momentum = ['cycle_momentum', 'base_momentum', 'max_momentum']
/** Names that camelCase doesn't give. */
const names = { T_max: 'tMax', T_0: 't0', T_mult: 'tMult' }

const without = (params: Params, left: ReadonlyArray<string>): Params =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !left.includes(name)))

/** A scheduler of that class for an optimizer with that rate; undefined where there is none. */
const scheduler = (policy: string, params: Params, initial: number): Schedule | undefined => {
  if (policy === 'SequentialLR') {
    const parts = params['schedulers'] as ReadonlyArray<{ readonly policy: string; readonly params: Params }>
    const children = parts.map((part) => scheduler(part.policy, part.params, initial))
    if (children.some((child) => child === undefined)) return undefined
    return schedulers.sequentialLR(children as ReadonlyArray<Schedule>, params['milestones'] as ReadonlyArray<number>)
  }
  const name = policy.charAt(0).toLowerCase() + policy.slice(1)
  const make = (schedulers as unknown as Readonly<Record<string, (options: Params) => Schedule>>)[name]
  const own = policy === 'OneCycleLR' || policy === 'CyclicLR'
  return make?.({ ...renamed(without(params, momentum), names), ...(!own && { initial }) })
}

/** The momentum at each step, if it is cycled. */
const momenta = (c: Case, steps: number): Actual => {
  if (c.initialMomentum === undefined || c.params['cycle_momentum'] === false) return {}
  const options = renamed(without(c.params, ['cycle_momentum', 'max_lr', 'base_lr', 'div_factor', 'final_div_factor']))
  const make = { OneCycleLR: schedulers.oneCycleMomentum, CyclicLR: schedulers.cyclicMomentum }[c.policy]
  if (!make) return {}
  const { at } = make(options)
  return { momentum: Array.from({ length: steps }, (_, step) => at(step)) }
}

const schedule = (c: Case): Actual | undefined => {
  const made = scheduler(c.policy, c.params, c.initialLr ?? 1)
  if (made === undefined) return undefined
  const result = curve(c, made)
  return { ...result, ...momenta(c, (result['lr'] as ReadonlyArray<number>).length) }
}

/** What rxfit does in a case of PyTorch's. */
export const torch = (c: Case): Actual | undefined => {
  try {
    return c.policy === 'ReduceLROnPlateau' ? plateau(c) : schedule(c)
  } catch (cause) {
    return atConstruction(cause)
  }
}
