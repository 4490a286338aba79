import type { Command, SaveModel } from '../dsl/Command.js'
import { start, type Runner } from '../dsl/Machine.js'
import { bare, PolicyError, type Policy } from '../dsl/Policy.js'
import type { Moment, Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { contentsOf } from './contents.js'
import { decisionsOf, type Decision, type Validity } from '../runtime/Decision.js'
import { initialRate, resolve, type Batch, type LearningRate } from '../runtime/resolve.js'

/** A model that would have been saved. */
export interface Save {
  readonly epoch: number
  readonly batch: number | null
  readonly path: string
}

/** Rates are recorded with six significant digits or as float32 at worst. */
const sameRate = (a: number, b: number): boolean =>
  a === b || Math.abs(a - b) <= 1e-5 * Math.max(Math.abs(a), Math.abs(b))

/** Where training is within the log, after a stop was asked for: as tfjs does it, the batch at hand is still trained. */
type Phase = 'running' | 'finishing batch' | 'finishing epoch' | 'ended'

export const afterStop = (tag: Tag): Phase => {
  if (tag === 'EpochEnd') return 'ended'
  return tag === 'TrainBegin' || tag === 'EpochBegin' || tag === 'BatchBegin' ? 'finishing batch' : 'finishing epoch'
}

/** A simulated run: what there is to know of it so far. */
export interface Run {
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
  /** epoch in which those weights came back; training may have gone on since */
  restoredIn: number | null
  ended: boolean
  /** it stopped within an epoch that the log has whole: the epoch's metrics are not what it would have seen */
  cutShort: boolean
  readonly reasons: Array<string>
  /** true: nobody asks for its decisions, only for how it ends */
  readonly silent: boolean
  readonly decisions: Array<Decision>
  /** end of the last epoch */
  lastEnd: TrainingEvent | undefined
  readonly learningRates: Array<number>
  readonly saves: Array<Save>
  /** epoch of the last save that was made because its metric was the best so far */
  bestSavedEpoch: number | null
  /** how many of the saves the policy has heard of */
  told: number
}

export const begin = (
  policy: Policy<never>,
  log: TrainingLog,
  learningRate: number | undefined,
  silent = false,
): Run => ({
  policy: start(bare(policy)),
  rate: initialRate(learningRate ?? contentsOf(log).first?.lr ?? 1),
  managesRate: policy.spec.learningRate !== undefined || learningRate !== undefined,
  changedAt: null,
  phase: 'running',
  stoppedEpoch: null,
  divergedAt: null,
  restoredEpoch: null,
  restoredIn: null,
  ended: false,
  cutShort: false,
  reasons: [],
  silent,
  decisions: [],
  lastEnd: undefined,
  learningRates: [],
  saves: [],
  bestSavedEpoch: null,
  told: 0,
})

/** Whether an event of the log still happens after a stop. */
export const happens = ({ phase, stoppedEpoch }: Run, { _tag, epoch }: TrainingEvent): boolean => {
  if (epoch !== stoppedEpoch) return false
  if (_tag === 'CommandFailed') return true
  return phase === 'finishing batch' || (phase === 'finishing epoch' && _tag !== 'BatchBegin' && _tag !== 'BatchEnd')
}

/** Events that say which rate was in force; before an epoch begins it may still be set, and after the last nothing follows. */
const showsRate = (tag: Tag): boolean => tag !== 'TrainBegin' && tag !== 'EpochBegin' && tag !== 'TrainEnd'

/** A rate that the recorded run didn't have: from here on its numbers are another run's. */
export const compareRate = (
  run: Pick<Run, 'rate' | 'changedAt' | 'divergedAt'>,
  _tag: Tag,
  epoch: number,
  lr: number,
): void => {
  if (!showsRate(_tag)) return
  if (!sameRate(run.rate.value, lr)) {
    const ends = _tag === 'EpochEnd' || _tag === 'BatchEnd'
    run.divergedAt = run.changedAt ?? Math.max(0, ends ? epoch - 1 : epoch)
  }
  run.changedAt = null
}

export const moment = ({ epoch, batch, step, at, lr }: TrainingEvent): Moment => ({ epoch, batch, step, at, lr })

/** What would destroy a model is refused here as it is live. */
const checkRate = ({ learningRate, commands }: Batch, event: TrainingEvent): void => {
  const { value } = learningRate
  if (Number.isFinite(value) && value >= 0) return
  const by = commands.find(({ _tag }) => _tag === 'SetLearningRate')?.by ?? 'a policy'
  const cause = new RangeError(`a learning rate must be finite and 0 or more, got ${value}`)
  throw new PolicyError(by, { event: event._tag, epoch: event.epoch, batch: event.batch }, cause)
}

/** Whether that save was made because a metric was better than before: its grounds then hold the best value. */
export const savesBest = ({ why }: SaveModel): boolean => why !== undefined && 'best' in why

/** Does to the simulated run what commands would do to a real one. */
export const obey = (run: Run, event: TrainingEvent, asked: ReadonlyArray<Command>, validity: Validity): void => {
  const whole = run.divergedAt === null && !run.cutShort
  if (!run.silent) run.decisions.push(...decisionsOf(event, asked, whole ? validity : 'diverged'))
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
    if (command._tag === 'SaveModel') {
      run.saves.push({ epoch: event.epoch, batch: event.batch, path: command.path })
      if (savesBest(command)) run.bestSavedEpoch = event.epoch
    }
    if (command._tag === 'RestoreWeights') {
      run.restoredEpoch = command.epoch ?? event.epoch
      run.restoredIn = event.epoch
    }
    if (command._tag === 'StopTraining' && run.phase === 'running' && !run.ended) {
      run.reasons.push(command.reason)
      run.stoppedEpoch = event.epoch
      run.phase = afterStop(event._tag)
    }
  }
}
