import { start } from '../../dsl/Machine.js'
import { bare, type Policy } from '../../dsl/Policy.js'
import { mark, type Marker } from '../../dsl/Marker.js'
import { initialRate, scaled, type LearningRate } from '../../runtime/resolve.js'
import { compareRate, savesBest } from '../Run.js'
import { found, type EpochTable } from '../judge/EpochTable.js'

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
  /** where it kept weights, or saved a file for being the best; they rise */
  readonly keeps: ReadonlyArray<number>
  /** whether the weights come back at its stop */
  readonly restoresAtStop: boolean
}

const quiet: Trace = {
  stopsAt: Infinity,
  failsAt: Infinity,
  divergesAt: Infinity,
  divergedAt: null,
  keeps: [],
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

/** Where it had last kept something by then; -1: nothing. */
export const keptBy = ({ keeps }: Trace, position: number): number => {
  // mostly it is the last
  for (let i = keeps.length - 1; i >= 0; i -= 1) if ((keeps[i] as number) <= position) return keeps[i] as number
  return -1
}

/** A marker, until it stops or to the epoch `last`; `learningRate`: the rate at the beginning, where the log's own isn't meant. */
export const traceMarker = (
  marker: Marker,
  table: EpochTable,
  learningRate: number | undefined,
  last: number,
): Trace => {
  const { epochs, rates } = table
  const { values, found: there } = table.metric(marker.metric)
  const { from, cut, onMissing } = marker
  const state = marker.begin()
  const keeps: Array<number> = []
  const own = follow(learningRate ?? table.firstRate)
  let [stopsAt, failsAt, divergesAt] = [Infinity, Infinity, Infinity]
  let restoresAtStop = false
  const count = Math.min(epochs.length, last + 1)
  for (let i = 0; i < count; i += 1) {
    const epoch = epochs[i] as number
    const recorded = rates[i] as number
    const { rate } = own
    if (cut && divergesAt === Infinity && (recorded !== rate.value || own.changedAt !== null)) {
      compareRate(own, 'EpochEnd', epoch, recorded)
      if (own.divergedAt !== null) divergesAt = i
    }
    if (epoch < from) continue
    if (there[i] !== found.value) {
      if (there[i] === found.nothing || onMissing === 'skip') continue
      failsAt = i
      break
    }
    const marks = marker.take(state, values[i] as number, epoch, cut ? rate.value : recorded)
    if (marks === 0) continue
    if (marks & mark.keep) keeps.push(i)
    if (marks & mark.cut && cut) {
      own.rate = scaled(rate, cut)
      if (!isRate(own.rate.value)) {
        failsAt = i
        break
      }
      if (own.rate.value !== rate.value) own.changedAt = epoch
    }
    if (marks & mark.stop) {
      stopsAt = i
      restoresAtStop = (marks & mark.restore) !== 0
      break
    }
  }
  return { stopsAt, failsAt, divergesAt, divergedAt: own.divergedAt, keeps, restoresAtStop }
}

/** A checkpoint at epochs' ends: where it saved for being the best. */
export const traceSaver = (saver: Policy<never>, { ends }: EpochTable, last: number): Trace => {
  const { push } = start(bare(saver))
  const keeps: Array<number> = []
  for (const [i, end] of ends.entries()) {
    if (i > last) break
    try {
      if (push(end).some((command) => command._tag === 'SaveModel' && savesBest(command))) keeps.push(i)
    } catch {
      // a name in its path that isn't there: whoever needs this epoch hears of it from `rerun`
      return { ...quiet, failsAt: i, keeps }
    }
  }
  return { ...quiet, keeps }
}
