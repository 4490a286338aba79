import { encodeJson } from '../dsl/Json.js'
import { insights } from '../dsl/Machine.js'
import { directionOf, lookup } from '../dsl/Metrics.js'
import { isPolicy, requires, type Policy } from '../dsl/Policy.js'
import { eventsOf } from '../logs/lazy.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import type { Decision, Validity } from '../runtime/Decision.js'
import { check } from './check.js'
import { deafTo } from './notes.js'
import { reachedEnd, rerun } from './rerun.js'
import { begin, type Run, type Save } from './Run.js'

export interface ReplayOptions {
  /** rate that training begins with, if the log doesn't say or another is to be tried */
  readonly learningRate?: number
}

/** What the policy would have done to that run. Epochs are 0-based. */
export interface Outcome {
  /** epochs whose end was seen */
  readonly epochsRun: number
  /** epoch whose event asked for the stop */
  readonly stoppedEpoch: number | null
  readonly reason: string | null
  readonly bestEpoch: number | null
  /** epoch whose weights the model holds at the end, if they were put back */
  readonly restoredEpoch: number | null
  /** after each epoch run */
  readonly learningRates: ReadonlyArray<number>
  readonly saves: ReadonlyArray<Save>
  /** 'exact'; 'censored': the log ended before the policy did; 'diverged': from `divergedAt` on the run would have been another */
  readonly verdict: Validity
  /** epoch of the first change of the learning rate that the recorded run didn't make, or made without the policy */
  readonly divergedAt: number | null
}

export interface Replay {
  readonly decisions: ReadonlyArray<Decision>
  readonly outcome: Outcome
  /** what limits these answers */
  readonly notes: ReadonlyArray<string>
}

/** The best epoch so far: what the policy itself holds, or that of the first metric it reads whose direction is known. */
const bestEpochOf = (policy: Policy<never>, log: TrainingLog, run: Run): number | null => {
  const held = insights(policy, run.policy.state()).find(({ why }) => 'bestEpoch' in why)
  if (held) return held.why['bestEpoch'] as number | null
  const metric = requires(policy).find((name) => directionOf(name) !== undefined)
  if (metric === undefined) return null
  const sign = directionOf(metric) === 'min' ? 1 : -1
  let best: { readonly value: number; readonly epoch: number } | null = null
  let seen = 0
  for (const { _tag, logs, epoch } of eventsOf(log)) {
    if (_tag !== 'EpochEnd') continue
    if ((seen += 1) > run.learningRates.length) break
    const value = sign * (lookup(logs, metric) ?? NaN)
    if (!Number.isNaN(value) && (best === null || value < best.value)) best = { value, epoch }
  }
  return best === null ? null : best.epoch
}

export const isLog = (log: Partial<TrainingLog> | null | undefined): boolean =>
  typeof log?.stream === 'function' || Array.isArray(log?.events)

/**
 * Runs a policy on a recorded run: what would it have decided? No model, no files, no network; the same value that trains.
 * Every decision says how far it can be trusted. Throws what the policy throws (a mistyped metric, a schedule that gives
 * NaN), with the policy's name.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const log = fromEpochs([{ val_loss: 2 }, { val_loss: 3 }, { val_loss: 1 }])
 * replay(earlyStopping({ patience: 1 }), log).outcome.epochsRun // => 2
 * replay(earlyStopping({ patience: 5 }), log).outcome.verdict // => 'censored'
 */
export const replay = <M extends string>(policy: Policy<M>, log: TrainingLog, options: ReplayOptions = {}): Replay => {
  const machine = policy as unknown as Policy<never>
  mustBePolicy('replay', 'the first argument', machine)
  mustBeLog('replay', 'the second argument', log)
  return toReplay(machine, log, simulate('replay', machine, log, options), options)
}

/** Throws where something else was given. */
export const mustBePolicy = (by: string, what: string, given: unknown): void => {
  if (!isPolicy(given)) throw new TypeError(`${by}: ${what} must be a policy; a list becomes one by all(…)`)
}

/** Throws where something else was given. */
export const mustBeLog = (by: string, what: string, given: unknown): void => {
  if (!isLog(given as Partial<TrainingLog> | undefined))
    throw new TypeError(`${by}: ${what} must be a log; readLog gives a promise of one: await it`)
}

/** Runs a policy over a log; `watch` may stand between the two. */
export const simulate = (
  by: string,
  policy: Policy<never>,
  log: TrainingLog,
  { learningRate }: ReplayOptions,
  watch = (run: Run): Run => run,
): Run => {
  if (learningRate !== undefined && !(Number.isFinite(learningRate) && learningRate >= 0))
    throw new RangeError(`${by}: learningRate must be finite and 0 or more, got ${learningRate}`)
  check(policy, log, learningRate)
  const run = watch(begin(policy, log, learningRate))
  rerun(policy, log, run)
  return run
}

/** What there is to say of a simulated run. */
export const toReplay = (
  machine: Policy<never>,
  log: TrainingLog,
  run: Run,
  { learningRate }: ReplayOptions,
): Replay => {
  const warnings = check(machine, log, learningRate)
  const { stoppedEpoch, reasons, restoredEpoch, learningRates, saves, divergedAt, decisions } = run
  return {
    decisions,
    outcome: {
      epochsRun: learningRates.length,
      stoppedEpoch,
      reason: reasons.length > 0 ? reasons.join('; ') : null,
      bestEpoch: bestEpochOf(machine, log, run),
      restoredEpoch,
      learningRates,
      saves,
      verdict: divergedAt !== null ? 'diverged' : reachedEnd(run, log) ? 'exact' : 'censored',
      divergedAt,
    },
    notes: [
      ...log.notes,
      ...deafTo(machine.spec, log),
      ...warnings,
      ...(run.cutShort
        ? ["it stops within an epoch that the log has whole: decisions at that epoch's end are marked diverged"]
        : []),
      ...(run.managesRate && !log.hasLearningRate && learningRate === undefined
        ? ['the log has no learning rate: rates are relative to an initial 1, taken as constant in the recorded run']
        : []),
    ],
  }
}

/** A replay as JSON: what is not finite is spelled out. */
export const replayToJson = (result: Replay): unknown => encodeJson(result)
