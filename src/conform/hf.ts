import { earlyStopping } from '../builtins/earlyStopping.js'
import type { Policy } from '../dsl/Policy.js'
import type { Actual, Case } from './Case.js'
import { atConstruction } from './faults.js'
import { failure, runValues } from './values.js'

const stopping = (c: Case): Actual => {
  const p = c.params
  const restores = p['load_best_model_at_end'] === true
  const done = runValues(
    c,
    earlyStopping({
      dialect: 'hf',
      ...(c.monitor !== undefined && { monitor: c.monitor }),
      ...('early_stopping_patience' in p && { patience: p['early_stopping_patience'] as number }),
      ...('early_stopping_threshold' in p && { threshold: p['early_stopping_threshold'] as number }),
      ...(typeof p['greater_is_better'] === 'boolean' && { mode: p['greater_is_better'] ? 'max' : 'min' }),
      restoreBestWeights: restores,
    }) as Policy<never>,
  )
  const put = done.asked.find(({ command }) => command._tag === 'RestoreWeights')?.command
  const last = done.epochsRun === 0 || done.failure ? null : done.epochsRun - 1
  return {
    stoppedEpoch: done.stopped?.epoch ?? null,
    epochsRun: done.epochsRun,
    restoredEpoch: !restores || done.failure ? null : put?._tag === 'RestoreWeights' ? put.epoch : last,
    restored: restores && !done.failure && put !== undefined,
    newBest: done.minds.flatMap((mind, epoch) => (mind['bestEpoch'] === epoch ? [epoch] : [])),
    wait: done.minds.map((mind) => mind['wait']),
    best: done.minds.map((mind) => mind['best']),
    ...failure(done),
  }
}

/** What rxfit does in a case of transformers'. */
export const hf = (c: Case): Actual | undefined => {
  try {
    return c.policy === 'EarlyStoppingCallback' ? stopping(c) : undefined
  } catch (cause) {
    return atConstruction(cause)
  }
}
