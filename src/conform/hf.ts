import { earlyStopping } from '../builtins/earlyStopping.js'
import type { Policy } from '../dsl/Policy.js'
import type { Schedule } from '../dsl/Schedule.js'
import * as schedules from '../schedules/hf/index.js'
import type { Actual, Case } from './Case.js'
import { curve } from './curves.js'
import { atConstruction } from './faults.js'
import { camel, renamed } from './params.js'
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

/** get_scheduler's own arguments, and its schedulers', as options. */
const names = {
  num_warmup_steps: 'warmupSteps',
  num_training_steps: 'trainingSteps',
  num_decay_steps: 'decaySteps',
  num_stable_steps: 'stableSteps',
  num_cycles: 'cycles',
  lr_end: 'end',
}

/** What each scheduler reads; get_scheduler passes no more on. */
const reads = (name: string, given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  if (name === 'constant') return {}
  if (name === 'constant_with_warmup') return { warmupSteps: given['warmupSteps'] }
  const { trainingSteps: _, ...others } = given
  return name === 'inverse_sqrt' ? others : given
}

const schedule = (c: Case): Actual => {
  const { name, scheduler_specific_kwargs: specific, ...own } = c.params as Readonly<Record<string, never>>
  const make = (schedules as unknown as Readonly<Record<string, (options: object) => Schedule>>)[camel(String(name))]
  if (!make) throw new RangeError(`no scheduler is called ${String(name)}`)
  const given = renamed({ ...own, ...(specific as object | undefined) }, names)
  return curve(c, make({ ...reads(String(name), given), initial: c.initialLr ?? 1 }))
}

/** What rxfit does in a case of transformers'. */
export const hf = (c: Case): Actual | undefined => {
  try {
    if (c.policy === 'EarlyStoppingCallback') return stopping(c)
    return c.policy === 'get_scheduler' ? schedule(c) : undefined
  } catch (cause) {
    return atConstruction(cause)
  }
}
