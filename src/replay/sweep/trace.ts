import { start } from '../../dsl/Machine.js'
import { bare, type Policy } from '../../dsl/Policy.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import { mark, type Watch } from '../../dsl/Watch.js'
import { initialRate, scaled, type LearningRate } from '../../runtime/resolve.js'
import { compareRate, savesBest } from '../Run.js'
import { found, type EpochTable } from './EpochTable.js'

/**
 * What one part of a policy does on a log, had it the run to itself. Parts that go by numbers at epochs' ends know nothing of
 * each other: how they end together follows from how each goes on alone, so a part that many policies of a grid have in
 * common is run once. Places are positions in the log's epochs; Infinity: it never happens.
 */
export interface Trace {
  readonly stopsAt: number
  /** where there is something to complain of */
  readonly failsAt: number
  /** where a rate shows that the recorded run didn't have */
  readonly divergesAt: number
  /** the epoch that this goes back to */
  readonly divergedAt: number | null
  /** epoch whose weights, or file, it holds after each epoch; -1: none */
  readonly held: Int32Array | null
  /** whether the weights come back at its stop */
  readonly restoresAtStop: boolean
}

const quiet: Trace = {
  stopsAt: Infinity,
  failsAt: Infinity,
  divergesAt: Infinity,
  divergedAt: null,
  held: null,
  restoresAtStop: false,
}

/** The rate under a policy, and whether it is still that of the recorded run. */
const follow = (learningRate: number) => {
  const own: { rate: LearningRate; changedAt: number | null; divergedAt: number | null } = {
    rate: initialRate(learningRate),
    changedAt: null,
    divergedAt: null,
  }
  return own
}

const isRate = (x: number): boolean => Number.isFinite(x) && x >= 0

/** A rate that nobody changes, held against the recorded one. */
export const traceRate = ({ epochs, rates }: EpochTable, learningRate: number): Trace => {
  const own = follow(learningRate)
  for (let i = 0; i < epochs.length; i += 1) {
    if (rates[i] === learningRate) continue
    compareRate(own, 'EpochEnd', epochs[i] as number, rates[i] as number)
    if (own.divergedAt !== null) return { ...quiet, divergesAt: i, divergedAt: own.divergedAt }
  }
  return quiet
}

/** A watch, until it stops; `learningRate`: the rate at the beginning, where a part of the policy decides on it. */
export const traceWatch = (watch: Watch, table: EpochTable, learningRate: number | undefined): Trace => {
  const { epochs, rates } = table
  const { values, found: there } = table.metric(watch.metric)
  const state = watch.begin()
  const holds = watch.restoresAtEnd || watch.restoresAtStop
  const held = holds ? new Int32Array(epochs.length).fill(-1) : null
  const own = follow(learningRate ?? table.firstRate)
  const cuts = watch.cut !== undefined
  let divergesAt = Infinity
  for (let i = 0; i < epochs.length; i += 1) {
    const epoch = epochs[i] as number
    const recorded = rates[i] as number
    const { rate } = own
    if (cuts && own.divergedAt === null && (recorded !== rate.value || own.changedAt !== null)) {
      compareRate(own, 'EpochEnd', epoch, recorded)
      if ((own.divergedAt as number | null) !== null) divergesAt = i
    }
    if (epoch < watch.from || there[i] === found.nothing) {
      if (held && i > 0) held[i] = held[i - 1] as number
      continue
    }
    if (there[i] === found.unknown) {
      if (watch.onMissing === 'error') return { ...quiet, failsAt: i, divergesAt, divergedAt: own.divergedAt, held }
      if (held && i > 0) held[i] = held[i - 1] as number
      continue
    }
    const marks = watch.take(state, values[i] as number, epoch, cuts ? rate.value : recorded)
    if (held) held[i] = watch.kept(state) ?? -1
    if (marks <= mark.keep) continue
    if (marks & mark.cut && watch.cut) {
      own.rate = scaled(rate, watch.cut)
      if (!isRate(own.rate.value)) return { ...quiet, failsAt: i, divergesAt, divergedAt: own.divergedAt, held }
      if (own.rate.value !== rate.value) own.changedAt = epoch
    }
    if (marks & mark.stop)
      return {
        stopsAt: i,
        failsAt: Infinity,
        divergesAt,
        divergedAt: own.divergedAt,
        held,
        restoresAtStop: (marks & mark.restore) !== 0,
      }
  }
  return { ...quiet, divergesAt, divergedAt: own.divergedAt, held }
}

/** A checkpoint at epochs' ends: which epoch was the last that it saved for being the best. */
export const traceSaver = (saver: Policy<never>, { ends }: EpochTable): Trace => {
  const { push } = start(bare(saver))
  const held = new Int32Array(ends.length)
  let last = -1
  for (const [i, end] of ends.entries()) {
    try {
      const asked = push(end as TrainingEvent<never>)
      if (asked.some((command) => command._tag === 'SaveModel' && savesBest(command))) last = end.epoch
    } catch {
      // a name in its path that isn't there: whoever needs this epoch hears of it from `rerun`
      return { ...quiet, failsAt: i, held }
    }
    held[i] = last
  }
  return { ...quiet, held }
}
