import { steers, type Command } from '../dsl/Command.js'
import { blame, type Policy } from '../dsl/Policy.js'
import { amend, type TrainEnd, type TrainingEvent } from '../dsl/TrainingEvent.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import type { Validity } from '../runtime/Decision.js'
import { contentsOf } from './contents.js'
import { earsOf, hears, relevantEvents, seesRate, type Ears } from './ears.js'
import { EndlessFeedback, feedbackLimit } from '../runtime/feedback.js'
import { compareRate, happens, moment, obey, type Run, type Save } from './Run.js'

/** Lets one event happen to the simulated run. */
const feed = (policy: Policy<never>, ears: Ears, run: Run, recorded: TrainingEvent, validity: Validity): void => {
  let event = recorded
  if (run.managesRate) {
    const { value } = run.rate
    // equal rates need no comparison, unless there is a change to be confirmed
    if (run.divergedAt === null && (recorded.lr !== value || run.changedAt !== null))
      compareRate(run, recorded._tag, recorded.epoch, recorded.lr)
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
  const limit = run.told + feedbackLimit
  for (; run.told < run.saves.length; run.told += 1) {
    if (run.told === limit) throw new EndlessFeedback(event)
    const { path } = run.saves[run.told] as Save
    feed(policy, ears, run, { ...moment(event), lr: run.rate.value, _tag: 'Saved', logs: {}, path }, validity)
  }
}

/** Goes through the log as far as the policy lets it. */
export const rerun = (policy: Policy<never>, log: TrainingLog, run: Run): void => {
  const ears = earsOf(policy.spec)
  const tells = ears.others.has('Saved')
  const happen = (event: TrainingEvent, validity: Validity): void => {
    feed(policy, ears, run, event, validity)
    if (tells) tellSaves(policy, ears, run, event, validity)
  }
  let { last } = contentsOf(log)
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
export const reachedEnd = (run: Pick<Run, 'stoppedEpoch'>, log: Pick<TrainingLog, 'end'>): boolean =>
  run.stoppedEpoch !== null || log.end === 'completed'

const askOrBlame = (policy: Policy<never>, run: Run, event: TrainingEvent): ReadonlyArray<Command> => {
  try {
    return run.policy.push(event)
  } catch (cause) {
    throw blame(policy, event, cause)
  }
}

const trainEnd = (last: TrainingEvent, { lastEnd, reasons }: Run): TrainEnd => ({
  ...moment(last),
  _tag: 'TrainEnd',
  batch: null,
  logs: lastEnd?.logs ?? {},
  ...(reasons.length > 0 && { reason: reasons.join('; ') }),
})
