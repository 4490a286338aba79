import { earlyStopping } from '../builtins/earlyStopping.js'
import type { Actual, Case } from './Case.js'
import { atConstruction } from './faults.js'
import { renamed } from './params.js'
import { failure, runValues } from './values.js'

/** Names that 0.5.5 gave up; they take precedence where both are there. */
const renames = { min_delta: 'threshold', cumulative_delta: 'cumulative', min_delta_mode: 'thresholdMode' }

const stopping = (c: Case): Actual => {
  const old = Object.fromEntries(Object.entries(c.params).filter(([name, value]) => name in renames && value !== null))
  const current = Object.fromEntries(Object.entries(c.params).filter(([name]) => !(name in renames)))
  const options = { ...renamed(current), ...renamed(old, renames), monitor: c.monitor, dialect: 'ignite' } as never
  const done = runValues(c, earlyStopping<never>(options))
  return {
    stoppedEpoch: done.stopped?.epoch ?? null,
    epochsRun: done.epochsRun,
    wait: done.minds.map((mind) => mind['wait']),
    bestScore: done.minds.map((mind) => mind['best']),
    ...failure(done),
  }
}

/** What rxfit does in a case of Ignite's. */
export const ignite = (c: Case): Actual | undefined => {
  try {
    return c.policy === 'EarlyStopping' ? stopping(c) : undefined
  } catch (cause) {
    return atConstruction(cause)
  }
}
