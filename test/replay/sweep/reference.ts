import { directionOf, type Policy, type Spec } from 'rxfit'
import type { TrainingLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'

/** Lightning's checkpoint, which says nothing of why it saves. */
const keepsTop = ({ kind, options = {} }: Spec): boolean =>
  kind === 'modelCheckpoint' &&
  options['dialect'] === 'lightning' &&
  typeof options['monitor'] === 'string' &&
  options['saveTopK'] !== 0

/** What came of a policy on a run, worked out slowly, from a full replay and the log's rows. */
export const slowCell = (
  policy: Policy,
  log: TrainingLog,
  { judge, tolerance = 0, completed = false }: { judge: string; tolerance?: number; completed?: boolean },
) => {
  const { outcome, decisions } = replay(policy, log)
  const sign = directionOf(judge) === 'min' ? 1 : -1
  const rows = log.events.flatMap((event) =>
    event._tag === 'EpochEnd' ? [{ epoch: event.epoch, at: event.at, value: event.logs[judge] }] : [],
  )
  const worse = (x: number): number => (Number.isNaN(x) ? Infinity : sign * x)
  const seen = rows.slice(0, outcome.epochsRun)
  const numbers = (some: typeof rows) => some.filter(({ value }) => value !== undefined && !Number.isNaN(value))
  const least = (some: typeof rows): number => Math.min(...numbers(some).map(({ value }) => sign * (value as number)))
  const last = seen.at(-1)
  const restored = decisions.findLast(({ command }) => command._tag === 'RestoreWeights')
  const best = keepsTop(policy.spec)
    ? { epoch: outcome.bestEpoch as number }
    : /"saveBestOnly":true|"whenImproves"/.test(JSON.stringify(policy.spec))
      ? decisions.findLast(({ command, why }) => command._tag === 'SaveModel' && 'best' in why)
      : undefined
  const putBack = restored && last && restored.epoch >= last.epoch ? outcome.restoredEpoch : null
  const keptEpoch = putBack ?? best?.epoch ?? last?.epoch ?? null
  const upTo = rows.filter(({ epoch }) => keptEpoch !== null && epoch <= keptEpoch)
  const kept = upTo.findLast(({ value }) => value !== undefined)?.value
  const stops = outcome.stoppedEpoch !== null
  const ended = stops || log.end === 'completed' || (completed && log.end === 'unknown')
  const bestValue = least(rows)
  const regret =
    !ended || kept === undefined ? null : worse(kept) === bestValue ? 0 : Math.max(0, worse(kept) - bestValue)
  const later = rows.slice(outcome.epochsRun)
  const sofar = least(seen)
  const at = seen.findIndex(({ value }) => value !== undefined && sign * value === sofar)
  const { at: begun } = log.events[0] as { at: number }
  const timed = log.events.some((event) => event.at !== begun)
  return {
    epochsRun: outcome.epochsRun,
    stoppedEpoch: outcome.stoppedEpoch,
    keptEpoch,
    divergedAt: outcome.divergedAt,
    verdict: completed && log.end === 'unknown' && outcome.verdict === 'censored' ? 'exact' : outcome.verdict,
    regret,
    premature: stops && numbers(seen).length > 0 && numbers(later).length > 0 && least(later) < sofar - tolerance,
    wasted: at < 0 ? 0 : seen.length - 1 - at,
    secondsSaved: timed && last ? ((log.events.at(-1) as { at: number }).at - last.at) / 1000 : null,
  }
}
