import { insights } from '../../dsl/Machine.js'
import type { Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'
import type { Run } from '../Run.js'

/** Whether a part is there to tell when the model is better than before. */
const savesBestOnly = ({ kind, options = {} }: Spec): boolean => {
  if (kind === 'whenImproves') return true
  if (kind !== 'modelCheckpoint') return false
  if (options['dialect'] === 'lightning') return typeof options['monitor'] === 'string' && options['saveTopK'] !== 0
  return options['saveBestOnly'] === true
}

/** Whether a policy has a part that keeps the best model on disk. */
export const keepsBest = (spec: Spec): boolean => savesBestOnly(spec) || (spec.children ?? []).some(keepsBest)

/** The best of the files that are kept, where a checkpoint keeps several. */
const bestFile = (policy: Policy<never>, run: Run): number | null => {
  const why = insights(policy, run.policy.state()).find((insight) => 'bestFile' in insight.why)?.why
  return (why?.['bestEpoch'] as number | null | undefined) ?? null
}

/**
 * Epoch of the model that a run leaves behind: that whose weights were put back when training ended; else the last that was
 * saved for being the best; else the last one run. Null: there is none.
 */
export const keptEpoch = (policy: Policy<never>, run: Run): number | null => {
  const last = run.lastEnd?.epoch ?? 0
  if (run.restoredEpoch !== null && run.restoredIn !== null && run.restoredIn >= last) return run.restoredEpoch
  const saved = keepsBest(policy.spec) ? (bestFile(policy, run) ?? run.bestSavedEpoch) : null
  return saved ?? run.lastEnd?.epoch ?? null
}
