import { steers, type Command } from '../dsl/Command.js'
import { encodeJson } from '../dsl/Json.js'
import { insights } from '../dsl/Machine.js'
import { directionOf, lookup } from '../dsl/Metrics.js'
import { PolicyError, requires, type Policy } from '../dsl/Policy.js'
import { label, type Spec } from '../dsl/Spec.js'
import type { Moment, TrainEnd, TrainingEvent } from '../dsl/TrainingEvent.js'
import { decisionsOf, type Decision, type Validity } from '../runtime/Decision.js'
import { preflight } from '../runtime/preflight.js'
import { initialRate, resolve, type LearningRate } from '../runtime/resolve.js'
import type { TrainingLog } from '../logs/TrainingLog.js'

export interface ReplayOptions {
  /** rate that training begins with, if the log doesn't say or another is to be tried */
  readonly learningRate?: number
}

export interface Save {
  readonly epoch: number
  readonly batch: number | null
  readonly path: string
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

/** Rates are recorded with six digits or as float32 at worst. */
const sameRate = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b))

/** Which of the policies that were joined reads that metric. */
const readerOf = (spec: Spec, metric: string): Spec => {
  const child = spec.kind === 'all' ? spec.children?.find(({ metrics }) => metrics?.includes(metric)) : undefined
  return child ? readerOf(child, metric) : spec
}

const isFeedback = (event: TrainingEvent): boolean => event._tag === 'Saved' || event._tag === 'CommandFailed'

/** Where training is within the log, after a stop was asked for: as tfjs does it, the batch at hand is still trained. */
type Phase = 'running' | 'finishing batch' | 'finishing epoch' | 'ended'

const afterStop = (tag: TrainingEvent['_tag']): Phase =>
  tag === 'EpochEnd' ? 'ended' : tag === 'BatchEnd' ? 'finishing epoch' : 'finishing batch'

/** Whether an event of the log still happens. */
const happens = (phase: Phase, event: TrainingEvent, stoppedIn: number): boolean => {
  if (isFeedback(event)) return phase === 'running' || event.epoch === stoppedIn
  switch (phase) {
    case 'running':
      return true
    case 'ended':
      return false
    case 'finishing batch':
      return event.epoch === stoppedIn
    case 'finishing epoch':
      return event.epoch === stoppedIn && event._tag !== 'BatchBegin' && event._tag !== 'BatchEnd'
  }
}

/** The best epoch so far: what the policy itself holds, or that of the first metric it reads whose direction is known. */
const bestEpochOf = (
  policy: Policy<never>,
  state: Parameters<typeof insights>[1],
  ends: ReadonlyArray<TrainingEvent>,
): number | null => {
  const held = insights(policy, state).find(({ why }) => 'bestEpoch' in why)
  if (held) return held.why['bestEpoch'] as number | null
  const metric = requires(policy).find((name) => directionOf(name) !== undefined)
  if (metric === undefined) return null
  const sign = directionOf(metric) === 'min' ? 1 : -1
  let [best, epoch]: [number, number | null] = [Infinity, null]
  for (const event of ends) {
    const value = lookup(event.logs, metric)
    if (value !== undefined && (sign * value < best || (epoch === null && !Number.isNaN(value))))
      [best, epoch] = [sign * value, event.epoch]
  }
  return epoch
}

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
  preflight(machine, log.epochs > 0 ? log.metrics : undefined, `in ${log.path ?? 'this log'}`)
  const { learningRate } = options
  if (learningRate !== undefined && !(Number.isFinite(learningRate) && learningRate >= 0))
    throw new RangeError(`replay: learningRate must be finite and 0 or more, got ${learningRate}`)

  let state = machine.init
  let rate: LearningRate = initialRate(learningRate ?? log.events[0]?.lr ?? 1)
  let managesRate = machine.spec.learningRate !== undefined || learningRate !== undefined
  let lastChange: number | null = null
  let phase: Phase = 'running'
  let stoppedEpoch: number | null = null
  let divergedAt: number | null = null
  let restoredEpoch: number | null = null
  const reasons: Array<string> = []
  const decisions: Array<Decision> = []
  const ends: Array<TrainingEvent> = []
  const learningRates: Array<number> = []
  const saves: Array<Save> = []
  let finished = false

  /** A rate that the recorded run didn't have: from here on its numbers are another run's. */
  const compareRate = (event: TrainingEvent): void => {
    if (divergedAt !== null || !managesRate || event._tag === 'TrainBegin' || event._tag === 'EpochBegin') return
    if (!sameRate(rate.value, event.lr))
      divergedAt =
        lastChange ??
        Math.max(0, event._tag === 'EpochEnd' || event._tag === 'BatchEnd' ? event.epoch - 1 : event.epoch)
  }

  const feed = (recorded: TrainingEvent, validity: Validity): void => {
    compareRate(recorded)
    const event = managesRate && recorded.lr !== rate.value ? { ...recorded, lr: rate.value } : recorded
    const [asked, next] = step(machine, state, event as TrainingEvent<never>)
    state = next
    if (asked.length > 0) obey(event, asked, divergedAt === null ? validity : 'diverged')
    if (event._tag === 'EpochEnd') {
      ends.push(event)
      learningRates.push(managesRate ? rate.value : event.lr)
    }
  }

  /** Saving tells the policy so, as it does live; a record of ours has those events already. */
  const tell = (event: TrainingEvent, path: string, validity: Validity): void => {
    if (log.format !== 'rxfit' && machine.spec.events.includes('Saved'))
      feed({ ...moment(event), _tag: 'Saved', logs: {}, path }, validity)
  }

  const obey = (event: TrainingEvent, asked: ReadonlyArray<Command>, validity: Validity): void => {
    if (!asked.some(steers)) return
    decisions.push(...decisionsOf(event, asked, validity))
    // until its first command the policy leaves the rate to the recorded run
    const before = managesRate ? rate : { ...rate, value: event.lr }
    const batch = resolve(asked, before)
    if (batch.learningRate !== before) {
      managesRate = true
      lastChange = batch.learningRate.value === before.value ? lastChange : event.epoch
      rate = batch.learningRate
    }
    for (const command of batch.commands) {
      if (command._tag === 'SaveModel') {
        saves.push({ epoch: event.epoch, batch: event.batch, path: command.path })
        tell(event, command.path, validity)
      }
      if (command._tag === 'RestoreWeights') restoredEpoch = command.epoch ?? event.epoch
      if (command._tag === 'StopTraining' && phase === 'running' && !finished) {
        reasons.push(command.reason)
        stoppedEpoch = event.epoch
        phase = afterStop(event._tag)
      }
    }
  }

  let last: TrainingEvent | undefined
  for (const event of log.events) {
    if (event._tag === 'TrainEnd') {
      if (phase === 'running' || stoppedEpoch === event.epoch) {
        finished = true
        feed(event, 'exact')
      }
      break
    }
    if (!happens(phase, event, stoppedEpoch ?? 0)) continue
    feed(event, 'exact')
    last = event
    if ((phase as Phase) === 'finishing batch' && event._tag === 'BatchEnd') phase = 'finishing epoch'
    if ((phase as Phase) !== 'running' && event._tag === 'EpochEnd') phase = 'ended'
  }
  const reachedEnd = stoppedEpoch !== null || log.end === 'completed'
  if (!finished && last) {
    finished = true
    feed(trainEnd(last, ends.at(-1), reasons), reachedEnd ? 'exact' : 'censored')
  }
  return {
    decisions,
    outcome: {
      epochsRun: ends.length,
      stoppedEpoch,
      reason: reasons.length > 0 ? reasons.join('; ') : null,
      bestEpoch: bestEpochOf(machine, state, ends),
      restoredEpoch,
      learningRates,
      saves,
      verdict: divergedAt !== null ? 'diverged' : reachedEnd ? 'exact' : 'censored',
      divergedAt,
    },
    notes: [
      ...log.notes,
      ...(managesRate && !log.hasLearningRate && learningRate === undefined
        ? ['the log has no learning rate: rates are relative to an initial 1, taken as constant in the recorded run']
        : []),
    ],
  }
}

const step = (policy: Policy<never>, state: Policy<never>['init'], event: TrainingEvent<never>) => {
  try {
    return policy.step(state, event)
  } catch (cause) {
    if (cause instanceof PolicyError) throw cause
    throw new PolicyError(label(policy.spec), { event: event._tag, epoch: event.epoch, batch: event.batch }, cause)
  }
}

const moment = ({ epoch, batch, step, at, lr }: TrainingEvent): Moment => ({ epoch, batch, step, at, lr })

const trainEnd = (
  last: TrainingEvent,
  lastEnd: TrainingEvent | undefined,
  reasons: ReadonlyArray<string>,
): TrainEnd => ({
  ...moment(last),
  _tag: 'TrainEnd',
  batch: null,
  logs: lastEnd?.logs ?? {},
  ...(reasons.length > 0 && { reason: reasons.join('; ') }),
})

/** A replay as JSON: what is not finite is spelled out. */
export const replayToJson = (result: Replay): unknown => encodeJson(result)
