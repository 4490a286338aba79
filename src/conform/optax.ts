import { reduceLROnPlateau } from '../builtins/reduceLROnPlateau.js'
import type { Policy } from '../dsl/Policy.js'
import type { Actual, Case } from './Case.js'
import { atConstruction } from './faults.js'
import { renamed } from './params.js'
import { plateauOf } from './plateaus.js'
import { failure, runValues } from './values.js'

const plateau = (c: Case): Actual => {
  const options = { ...renamed(c.params), monitor: c.monitor, dialect: 'optax' } as never
  const done = runValues(c, reduceLROnPlateau(options) as Policy<never>)
  return { ...plateauOf(done, c.initialLr ?? 1), ...failure(done) }
}

/** What rxfit does in a case of Optax'. */
export const optax = (c: Case): Actual | undefined => {
  try {
    return c.policy === 'reduce_on_plateau' ? plateau(c) : undefined
  } catch (cause) {
    return atConstruction(cause)
  }
}
