import { steers, type Command } from '../dsl/Command.js'
import { encodeJson } from '../dsl/Json.js'
import { insights, type State } from '../dsl/Machine.js'
import { directionOf, lookup } from '../dsl/Metrics.js'
import { blame, requires, type Policy } from '../dsl/Policy.js'
import type { Moment, Tag, TrainEnd, TrainingEvent } from '../dsl/TrainingEvent.js'
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
const sameRate = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b))

/** Where training is within the log, after a stop was asked for: as tfjs does it, the batch at hand is still trained. */
type Phase = 'running' | 'finishing batch' | 'finishing epoch' | 'ended'

const afterStop = (tag: Tag): Phase =>
  tag === 'EpochEnd' ? 'ended' : tag === 'BatchEnd' ? 'finishing epoch' : 'finishing batch'

/** A simulated run: what there is to know of it so far. */
interface Run {
  state: State
  rate: LearningRate
  /** false: the policy leaves the rate to the recorded run */
  managesRate: boolean
  /** epoch of the policy's last change of the rate */
  changedAt: number | null
  phase: Phase
  stoppedEpoch: number | null
  divergedAt: number | null
  restoredEpoch: number | null
  ended: boolean
  readonly reasons: Array<string>
  readonly decisions: Array<Decision>
  /** the epochs' ends */
  readonly ends: Array<TrainingEvent>
  readonly learningRates: Array<number>
  readonly saves: Array<Save>
}

const begin = (policy: Policy<never>, log: TrainingLog, learningRate: number | undefined): Run => ({
  state: policy.init,
  rate: initialRate(learningRate ?? log.events[0]?.lr ?? 1),
  managesRate: policy.spec.learningRate !== undefined || learningRate !== undefined,
  changedAt: null,
  phase: 'running',
  stoppedEpoch: null,
  divergedAt: null,
  restoredEpoch: null,
  ended: false,
  reasons: [],
  decisions: [],
  ends: [],
  learningRates: [],
  saves: [],
})

/** Whether an event of the log still happens after a stop. */
const happens = ({ phase, stoppedEpoch }: Run, { _tag, epoch }: TrainingEvent): boolean => {
  if (epoch !== stoppedEpoch) return false
  if (_tag === 'Saved' || _tag === 'CommandFailed') return true
  return phase === 'finishing batch' || (phase === 'finishing epoch' && _tag !== 'BatchBegin' && _tag !== 'BatchEnd')
}

/** A rate that the recorded run didn't have: from here on its numbers are another run's. */
const compareRate = (run: Run, { _tag, epoch, lr }: TrainingEvent): void => {
  // before an epoch begins its rate may still be set
  if (run.divergedAt !== null || _tag === 'TrainBegin' || _tag === 'EpochBegin' || sameRate(run.rate.value, lr)) return
  const ends = _tag === 'EpochEnd' || _tag === 'BatchEnd'
  run.divergedAt = run.changedAt ?? Math.max(0, ends ? epoch - 1 : epoch)
}

const moment = ({ epoch, batch, step, at, lr }: TrainingEvent): Moment => ({ epoch, batch, step, at, lr })

/** Does to the simulated run what commands would do to a real one. */
const obey = (run: Run, event: TrainingEvent, asked: ReadonlyArray<Command>, validity: Validity): void => {
  run.decisions.push(...decisionsOf(event, asked, run.divergedAt === null ? validity : 'diverged'))
  // until its first command the policy leaves the rate to the recorded run
  const before = run.managesRate ? run.rate : { ...run.rate, value: event.lr }
  const batch = resolve(asked, before)
  if (batch.learningRate !== before) {
    run.managesRate = true
    if (batch.learningRate.value !== before.value) run.changedAt = event.epoch
    run.rate = batch.learningRate
  }
  for (const command of batch.commands) {
    if (command._tag === 'SaveModel') run.saves.push({ epoch: event.epoch, batch: event.batch, path: command.path })
    if (command._tag === 'RestoreWeights') run.restoredEpoch = command.epoch ?? event.epoch
    if (command._tag === 'StopTraining' && run.phase === 'running' && !run.ended) {
      run.reasons.push(command.reason)
      run.stoppedEpoch = event.epoch
      run.phase = afterStop(event._tag)
    }
  }
}

/** The best epoch so far: what the policy itself holds, or that of the first metric it reads whose direction is known. */
const bestEpochOf = (policy: Policy<never>, { state, ends }: Run): number | null => {
  const held = insights(policy, state).find(({ why }) => 'bestEpoch' in why)
  if (held) return held.why['bestEpoch'] as number | null
  const metric = requires(policy).find((name) => directionOf(name) !== undefined)
  if (metric === undefined) return null
  const sign = directionOf(metric) === 'min' ? 1 : -1
  let best: { readonly value: number; readonly epoch: number } | null = null
  for (const { logs, epoch } of ends) {
    const value = sign * (lookup(logs, metric) ?? NaN)
    if (!Number.isNaN(value) && (best === null || value < best.value)) best = { value, epoch }
  }
  return best === null ? null : best.epoch
}

const trainEnd = (last: TrainingEvent, { ends, reasons }: Run): TrainEnd => ({
  ...moment(last),
  _tag: 'TrainEnd',
  batch: null,
  logs: ends.at(-1)?.logs ?? {},
  ...(reasons.length > 0 && { reason: reasons.join('; ') }),
})

/** Events of a log that matter to policies with those ears, found once: sweeps replay one log thousands of times. */
const relevant = new WeakMap<TrainingLog, Map<string, ReadonlyArray<TrainingEvent>>>()

const relevantEvents = (log: TrainingLog, listens: ReadonlyArray<Tag>): ReadonlyArray<TrainingEvent> => {
  const known = relevant.get(log) ?? new Map<string, ReadonlyArray<TrainingEvent>>()
  relevant.set(log, known)
  const key = listens.join()
  const found = known.get(key)
  if (found) return found
  const tags = new Set<Tag>(['EpochEnd', 'TrainEnd', ...listens])
  // a stop in a batch is over at that batch's end
  if (tags.has('BatchBegin')) tags.add('BatchEnd')
  const events = log.events.filter((event) => tags.has(event._tag))
  known.set(key, events)
  return events
}

/** The same event under another learning rate. An epoch's end is the one that comes by the million: spelled out, it's faster. */
const withRate = (event: TrainingEvent, lr: number): TrainingEvent => {
  if (event._tag !== 'EpochEnd' || event.missing) return { ...event, lr }
  const { _tag, epoch, batch, step, at, logs } = event
  return { _tag, epoch, batch, step, at, lr, logs }
}

/** Goes through the log as far as the policy lets it. */
const rerun = (policy: Policy<never>, log: TrainingLog, run: Run): void => {
  const listens: ReadonlySet<Tag> = new Set(policy.spec.events)
  // saving tells policies so, as it does live; a record of ours has those events already
  const tells = log.format !== 'rxfit' && listens.has('Saved')
  let last: TrainingEvent | undefined = log.events.at(-1)

  const feed = (recorded: TrainingEvent, validity: Validity): void => {
    if (run.managesRate) compareRate(run, recorded)
    const event = run.managesRate && recorded.lr !== run.rate.value ? withRate(recorded, run.rate.value) : recorded
    if (listens.has(event._tag)) {
      const saved = run.saves.length
      const result = stepOrBlame(policy, run.state, event)
      run.state = result[1]
      if (result[0].length > 0 && result[0].some(steers)) obey(run, event, result[0], validity)
      if (tells)
        for (const { path } of run.saves.slice(saved))
          feed({ ...moment(event), lr: run.rate.value, _tag: 'Saved', logs: {}, path }, validity)
    }
    if (event._tag === 'EpochEnd') {
      run.ends.push(event)
      run.learningRates.push(run.managesRate ? run.rate.value : event.lr)
    }
  }

  for (const event of relevantEvents(log, policy.spec.events)) {
    const tag = event._tag
    if (tag === 'TrainEnd') {
      // the recorded run ended here; so does this one, unless it has ended before
      if (run.phase === 'running' || run.stoppedEpoch === event.epoch) {
        run.ended = true
        feed(event, 'exact')
      }
      break
    }
    if (run.phase !== 'running' && !happens(run, event)) continue
    feed(event, 'exact')
    if (run.phase === 'running') continue
    last = event
    if (tag === 'EpochEnd') run.phase = 'ended'
    else if (tag === 'BatchEnd' && run.phase === 'finishing batch') run.phase = 'finishing epoch'
  }
  if (run.ended || !last) return
  run.ended = true
  feed(trainEnd(last, run), reachedEnd(run, log) ? 'exact' : 'censored')
}

/** Whether it is known how the simulated run ends: not where the log just stops. */
const reachedEnd = (run: Run, log: TrainingLog): boolean => run.stoppedEpoch !== null || log.end === 'completed'

const stepOrBlame = (policy: Policy<never>, state: State, event: TrainingEvent) => {
  try {
    return policy.step(state, event as TrainingEvent<never>)
  } catch (cause) {
    throw blame(policy, event, cause)
  }
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
  const { learningRate } = options
  if (learningRate !== undefined && !(Number.isFinite(learningRate) && learningRate >= 0))
    throw new RangeError(`replay: learningRate must be finite and 0 or more, got ${learningRate}`)
  preflight(machine, log.epochs > 0 ? log.metrics : undefined, `in ${log.path ?? 'this log'}`)
  const run = begin(machine, log, learningRate)
  rerun(machine, log, run)
  const { ends, stoppedEpoch, reasons, restoredEpoch, learningRates, saves, divergedAt, decisions } = run
  return {
    decisions,
    outcome: {
      epochsRun: ends.length,
      stoppedEpoch,
      reason: reasons.length > 0 ? reasons.join('; ') : null,
      bestEpoch: bestEpochOf(machine, run),
      restoredEpoch,
      learningRates,
      saves,
      verdict: divergedAt !== null ? 'diverged' : reachedEnd(run, log) ? 'exact' : 'censored',
      divergedAt,
    },
    notes: [
      ...log.notes,
      ...(run.managesRate && !log.hasLearningRate && learningRate === undefined
        ? ['the log has no learning rate: rates are relative to an initial 1, taken as constant in the recorded run']
        : []),
    ],
  }
}

/** A replay as JSON: what is not finite is spelled out. */
export const replayToJson = (result: Replay): unknown => encodeJson(result)
