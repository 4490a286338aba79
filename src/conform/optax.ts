import { reduceLROnPlateau } from '../builtins/reduceLROnPlateau.js'
import type { Schedule } from '../dsl/Schedule.js'
import * as schedules from '../schedules/optax/index.js'
import type { Actual, Case } from './Case.js'
import { curve } from './curves.js'
import { atConstruction } from './faults.js'
import { camel, renamed } from './params.js'
import { plateauOf } from './plateaus.js'
import { failure, runValues } from './values.js'

const plateau = (c: Case): Actual => {
  const options = { ...renamed(c.params), monitor: c.monitor, dialect: 'optax' } as never
  const done = runValues(c, reduceLROnPlateau<never>(options))
  return { ...plateauOf(done, c.initialLr ?? 1), ...failure(done) }
}

type Params = Readonly<Record<string, unknown>>

const scheduleOf = (policy: string, params: Params): Schedule | undefined => {
  if (policy === 'join_schedules') {
    const parts = params['schedules'] as ReadonlyArray<{ readonly policy: string; readonly params: Params }>
    const children = parts.map((part) => scheduleOf(part.policy, part.params))
    if (children.some((child) => child === undefined)) return undefined
    return schedules.joinSchedules(children as ReadonlyArray<Schedule>, params['boundaries'] as ReadonlyArray<number>)
  }
  const make = (schedules as unknown as Readonly<Record<string, (options: Params) => Schedule>>)[camel(policy)]
  if (policy === 'sgdr_schedule') {
    const kwargs = params['cosine_kwargs'] as ReadonlyArray<Params>
    return make?.({ cosineKwargs: kwargs.map((one) => renamed(one)) })
  }
  return make?.(renamed(params))
}

const schedule = (c: Case): Actual | undefined => {
  const made = scheduleOf(c.policy, c.params)
  if (made === undefined) return undefined
  const result = curve(c, made)
  return { ...result, lr64: result['lr'] }
}

/** What rxfit does in a case of Optax'. */
export const optax = (c: Case): Actual | undefined => {
  try {
    return c.policy === 'reduce_on_plateau' ? plateau(c) : schedule(c)
  } catch (cause) {
    return atConstruction(cause)
  }
}
