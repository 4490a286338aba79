import { steers, type Command } from '../dsl/Command.js'
import { encodeJson } from '../dsl/Json.js'
import { insights, start, type Runner } from '../dsl/Machine.js'
import { directionOf, lookup } from '../dsl/Metrics.js'
import { bare, blame, isPolicy, PolicyError, requires, type Policy } from '../dsl/Policy.js'
import { label, type Spec } from '../dsl/Spec.js'
import { amend, type Moment, type Tag, type TrainEnd, type TrainingEvent } from '../dsl/TrainingEvent.js'
import { decisionsOf, type Decision, type Validity } from '../runtime/Decision.js'
import { preflight } from '../runtime/preflight.js'
import { initialRate, resolve, type Batch, type LearningRate } from '../runtime/resolve.js'
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

/** Rates are recorded with six significant digits or as float32 at worst. */
const sameRate = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= 1e-5 * Math.max(Math.abs(a), Math.abs(b))

/** Where training is within the log, after a stop was asked for: as tfjs does it, the batch at hand is still trained. */
type Phase = 'running' | 'finishing batch' | 'finishing epoch' | 'ended'

const afterStop = (tag: Tag): Phase =>
  tag === 'EpochEnd' ? 'ended' : tag === 'BatchEnd' ? 'finishing epoch' : 'finishing batch'

/** A simulated run: what there is to know of it so far. */
interface Run {
  /** the policy under way */
  readonly policy: Runner<TrainingEvent<never>, ReadonlyArray<Command>>
  rate: LearningRate
  /** false: the policy leaves the rate to the recorded run */
  managesRate: boolean
  /** epoch of the policy's last change of the rate, until an event shows that the recorded run made it too */
  changedAt: number | null
  phase: Phase
  stoppedEpoch: number | null
  divergedAt: number | null
  restoredEpoch: number | null
  ended: boolean
  /** it stopped within an epoch that the log has whole: the epoch's metrics are not what it would have seen */
  cutShort: boolean
  readonly reasons: Array<string>
  readonly decisions: Array<Decision>
  /** end of the last epoch */
  lastEnd: TrainingEvent | undefined
  readonly learningRates: Array<number>
  readonly saves: Array<Save>
  /** how many of the saves the policy has heard of */
  told: number
}

const begin = (policy: Policy<never>, log: TrainingLog, learningRate: number | undefined): Run => ({
  policy: start(bare(policy)),
  rate: initialRate(learningRate ?? log.events[0]?.lr ?? 1),
  managesRate: policy.spec.learningRate !== undefined || learningRate !== undefined,
  changedAt: null,
  phase: 'running',
  stoppedEpoch: null,
  divergedAt: null,
  restoredEpoch: null,
  ended: false,
  cutShort: false,
  reasons: [],
  decisions: [],
  lastEnd: undefined,
  learningRates: [],
  saves: [],
  told: 0,
})

/** Whether an event of the log still happens after a stop. */
const happens = ({ phase, stoppedEpoch }: Run, { _tag, epoch }: TrainingEvent): boolean => {
  if (epoch !== stoppedEpoch) return false
  if (_tag === 'CommandFailed') return true
  return phase === 'finishing batch' || (phase === 'finishing epoch' && _tag !== 'BatchBegin' && _tag !== 'BatchEnd')
}

/** Events that say which rate was in force; before an epoch begins it may still be set, and after the last nothing follows. */
const showsRate = (tag: Tag): boolean => tag !== 'TrainBegin' && tag !== 'EpochBegin' && tag !== 'TrainEnd'

/** A rate that the recorded run didn't have: from here on its numbers are another run's. */
const compareRate = (run: Run, { _tag, epoch, lr }: TrainingEvent): void => {
  if (!showsRate(_tag)) return
  if (!sameRate(run.rate.value, lr)) {
    const ends = _tag === 'EpochEnd' || _tag === 'BatchEnd'
    run.divergedAt = run.changedAt ?? Math.max(0, ends ? epoch - 1 : epoch)
  }
  run.changedAt = null
}

const moment = ({ epoch, batch, step, at, lr }: TrainingEvent): Moment => ({ epoch, batch, step, at, lr })

/** What would destroy a model is refused here as it is live. */
const checkRate = ({ learningRate, commands }: Batch, event: TrainingEvent): void => {
  const { value } = learningRate
  if (Number.isFinite(value) && value >= 0) return
  const by = commands.find(({ _tag }) => _tag === 'SetLearningRate')?.by ?? 'a policy'
  const cause = new RangeError(`a learning rate must be finite and 0 or more, got ${value}`)
  throw new PolicyError(by, { event: event._tag, epoch: event.epoch, batch: event.batch }, cause)
}

/** Does to the simulated run what commands would do to a real one. */
const obey = (run: Run, event: TrainingEvent, asked: ReadonlyArray<Command>, validity: Validity): void => {
  const whole = run.divergedAt === null && !run.cutShort
  run.decisions.push(...decisionsOf(event, asked, whole ? validity : 'diverged'))
  // until its first command the policy leaves the rate to the recorded run
  const before = run.managesRate ? run.rate : { ...run.rate, value: event.lr }
  const batch = resolve(asked, before)
  checkRate(batch, event)
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
const bestEpochOf = (policy: Policy<never>, log: TrainingLog, run: Run): number | null => {
  const held = insights(policy, run.policy.state()).find(({ why }) => 'bestEpoch' in why)
  if (held) return held.why['bestEpoch'] as number | null
  const metric = requires(policy).find((name) => directionOf(name) !== undefined)
  if (metric === undefined) return null
  const sign = directionOf(metric) === 'min' ? 1 : -1
  let best: { readonly value: number; readonly epoch: number } | null = null
  const ends = log.events.filter(({ _tag }) => _tag === 'EpochEnd').slice(0, run.learningRates.length)
  for (const { logs, epoch } of ends) {
    const value = sign * (lookup(logs, metric) ?? NaN)
    if (!Number.isNaN(value) && (best === null || value < best.value)) best = { value, epoch }
  }
  return best === null ? null : best.epoch
}

const trainEnd = (last: TrainingEvent, { lastEnd, reasons }: Run): TrainEnd => ({
  ...moment(last),
  _tag: 'TrainEnd',
  batch: null,
  logs: lastEnd?.logs ?? {},
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
  // what another policy saved is no business of this one's: it hears of its own saves
  tags.delete('Saved')
  // a stop in a batch is over at that batch's end
  if (tags.has('BatchBegin')) tags.add('BatchEnd')
  // copied by one hand, they have one shape, which the loops below are quicker with
  const events = log.events.filter((event) => tags.has(event._tag)).map((event) => amend(event, event.lr, event.logs))
  known.set(key, events)
  return events
}

/** What a policy hears: by far the most events are ends of epochs and batches, so those needn't be looked up. */
interface Ears {
  readonly epochEnd: boolean
  readonly batchEnd: boolean
  readonly others: ReadonlySet<Tag>
  /** events at which somebody may look at the rate */
  readonly rate: ReadonlySet<Tag>
  readonly rateAtBatchEnd: boolean
}

const earsOf = (spec: Spec): Ears => {
  const parts = spec.kind === 'all' ? (spec.children ?? []) : [spec]
  const others: ReadonlySet<Tag> = new Set(spec.events)
  const rate: ReadonlySet<Tag> = new Set(parts.flatMap((part) => (part.ignoresRate ? [] : part.events)))
  return {
    epochEnd: others.has('EpochEnd'),
    batchEnd: others.has('BatchEnd'),
    others,
    rate,
    rateAtBatchEnd: rate.has('BatchEnd'),
  }
}

const seesRate = (ears: Ears, tag: Tag): boolean => (tag === 'BatchEnd' ? ears.rateAtBatchEnd : ears.rate.has(tag))

const hears = (ears: Ears, tag: Tag): boolean =>
  tag === 'EpochEnd' ? ears.epochEnd : tag === 'BatchEnd' ? ears.batchEnd : ears.others.has(tag)

/** Lets one event happen to the simulated run. */
const feed = (policy: Policy<never>, ears: Ears, run: Run, recorded: TrainingEvent, validity: Validity): void => {
  let event = recorded
  if (run.managesRate) {
    const { value } = run.rate
    // equal rates need no comparison, unless there is a change to be confirmed
    if (run.divergedAt === null && (recorded.lr !== value || run.changedAt !== null)) compareRate(run, recorded)
    if (recorded.lr !== value && seesRate(ears, recorded._tag)) {
      event = amend(recorded, value, recorded.logs)
    }
  }
  if (hears(ears, event._tag)) {
    const asked = askOrBlame(policy, run, event)
    if (asked.length > 0 && asked.some(steers)) obey(run, event, asked, validity)
  }
  if (event._tag !== 'EpochEnd') return
  run.lastEnd = event
  run.learningRates.push(run.managesRate ? run.rate.value : event.lr)
}

/** Saving tells policies so, as it does live. */
const tellSaves = (policy: Policy<never>, ears: Ears, run: Run, event: TrainingEvent, validity: Validity): void => {
  for (; run.told < run.saves.length; run.told += 1) {
    const { path } = run.saves[run.told] as Save
    feed(policy, ears, run, { ...moment(event), lr: run.rate.value, _tag: 'Saved', logs: {}, path }, validity)
  }
}

/** Goes through the log as far as the policy lets it. */
const rerun = (policy: Policy<never>, log: TrainingLog, run: Run): void => {
  const ears = earsOf(policy.spec)
  const tells = ears.others.has('Saved')
  const happen = (event: TrainingEvent, validity: Validity): void => {
    feed(policy, ears, run, event, validity)
    if (tells) tellSaves(policy, ears, run, event, validity)
  }
  let last = log.events.at(-1)
  for (const event of relevantEvents(log, policy.spec.events)) {
    const tag = event._tag
    if (tag === 'TrainEnd') {
      // the recorded run ended here; so does this one, unless it has ended before
      if (run.phase === 'running' || run.stoppedEpoch === event.epoch) {
        run.ended = true
        happen(event, reachedEnd(run, log) ? 'exact' : 'censored')
      }
      break
    }
    if (run.phase !== 'running' && !happens(run, event)) {
      if (event.epoch === run.stoppedEpoch && tag !== 'EpochEnd') run.cutShort = true
      continue
    }
    happen(event, 'exact')
    if (run.phase === 'running') continue
    last = event
    if (tag === 'EpochEnd') run.phase = 'ended'
    else if (tag === 'BatchEnd' && run.phase === 'finishing batch') run.phase = 'finishing epoch'
  }
  if (run.ended || !last) return
  run.ended = true
  happen(trainEnd(last, run), reachedEnd(run, log) ? 'exact' : 'censored')
}

/** Whether it is known how the simulated run ends: not where the log just stops. */
const reachedEnd = (run: Run, log: TrainingLog): boolean => run.stoppedEpoch !== null || log.end === 'completed'

const askOrBlame = (policy: Policy<never>, run: Run, event: TrainingEvent): ReadonlyArray<Command> => {
  try {
    return run.policy.push(event)
  } catch (cause) {
    throw blame(policy, event, cause)
  }
}

/** What a log has in it. */
const contents = new WeakMap<TrainingLog, { readonly tags: ReadonlySet<Tag>; readonly timed: boolean }>()

const contentsOf = (log: TrainingLog) => {
  const known = contents.get(log) ?? {
    tags: new Set(log.events.map((event) => event._tag)),
    timed: log.events.some((event) => event.at !== log.events[0]?.at),
  }
  contents.set(log, known)
  return known
}

/** Parts that wait for something the log doesn't have: they are silent here, and might not be live. */
const deafTo = (spec: Spec, log: TrainingLog): ReadonlyArray<string> => {
  if (log.epochs === 0) return []
  const { tags, timed } = contentsOf(log)
  const leaves = (part: Spec): ReadonlyArray<Spec> =>
    part.kind === 'all' || part.kind === 'enrich' || part.kind === 'named'
      ? (part.children ?? []).flatMap(leaves)
      : [part]
  const inner = (part: Spec): ReadonlyArray<Spec> => [part, ...(part.children ?? []).flatMap(inner)]
  return leaves(spec).flatMap((part) => {
    const waits = part.events.filter((tag) => tag !== 'TrainBegin' && tag !== 'TrainEnd' && tag !== 'Saved')
    const absent = waits.length > 0 && !waits.some((tag) => tags.has(tag))
    const timeless = !timed && inner(part).some(({ options }) => options?.['unit'] === 'seconds')
    return [
      ...(absent
        ? [`'${label(part)}' acts at ${waits.join(', ')}, which this log doesn't have: it did nothing here`]
        : []),
      ...(timeless ? [`'${label(part)}' goes by time, which this log doesn't have: it did nothing here`] : []),
    ]
  })
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
  if (!isPolicy(machine))
    throw new TypeError('replay: the first argument must be a policy; a list becomes one by all(…)')
  if (!Array.isArray((log as { readonly events?: unknown } | undefined)?.events))
    throw new TypeError('replay: the second argument must be a log; readLog gives a promise of one: await it')
  if (learningRate !== undefined && !(Number.isFinite(learningRate) && learningRate >= 0))
    throw new RangeError(`replay: learningRate must be finite and 0 or more, got ${learningRate}`)
  preflight(machine, log.epochs > 0 ? log.metrics : undefined, `in ${log.path ?? 'this log'}`)
  const run = begin(machine, log, learningRate)
  rerun(machine, log, run)
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
