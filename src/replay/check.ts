import type { Policy } from '../dsl/Policy.js'
import type { Spec } from '../dsl/Spec.js'
import { eventsOf } from '../logs/lazy.js'
import { metricsOf, type TrainingLog } from '../logs/TrainingLog.js'
import { oneLine, type LintContext } from '../runtime/lint/Finding.js'
import { preflight } from '../runtime/preflight.js'

/** What a log says of the run as it was planned; a log that just ends doesn't say how long it was meant to be. */
const contextOf = (log: TrainingLog, learningRate: number | undefined): LintContext => {
  // only the first: a long log has more events than should be made for this
  const [first] = eventsOf(log)
  const { epochs, initialEpoch, steps } = first?._tag === 'TrainBegin' ? first.params : {}
  const rate = learningRate ?? (log.hasLearningRate ? first?.lr : undefined)
  return {
    ...(log.end !== 'unknown' && epochs !== undefined && { epochs }),
    ...(initialEpoch !== undefined && { initialEpoch }),
    ...(typeof steps === 'number' && { steps }),
    ...(rate !== undefined && { learningRate: rate }),
    ...(log.epochs > 0 && { metrics: metricsOf(log) }),
  }
}

/** What was found of a policy on a log: sweeps replay one pair again and again. */
const found = new WeakMap<Spec, WeakMap<TrainingLog, ReadonlyMap<number | undefined, ReadonlyArray<string>>>>()

/** The preflight of a replay: throws what `lint` calls an error, gives its warnings as notes. */
export const check = (
  policy: Policy<never>,
  log: TrainingLog,
  learningRate: number | undefined,
): ReadonlyArray<string> => {
  const ofPolicy =
    found.get(policy.spec) ?? new WeakMap<TrainingLog, ReadonlyMap<number | undefined, ReadonlyArray<string>>>()
  found.set(policy.spec, ofPolicy)
  const known = ofPolicy.get(log)
  const notes =
    known?.get(learningRate) ??
    preflight(policy, contextOf(log, learningRate), `in ${log.path ?? 'this log'}`).map(
      (finding) => `lint: ${oneLine(finding)}`,
    )
  if (!known?.has(learningRate)) ofPolicy.set(log, new Map([...(known ?? []), [learningRate, notes]]))
  return notes
}
