import type { Spec } from '../dsl/Spec.js'
import { amend, type Tag, type TrainingEvent } from '../dsl/TrainingEvent.js'
import { eventsOf } from '../logs/lazy.js'
import type { TrainingLog } from '../logs/TrainingLog.js'

/** Events of a log that matter to policies with those ears, found once: sweeps replay one log thousands of times. */
const relevant = new WeakMap<TrainingLog, Map<string, ReadonlyArray<TrainingEvent>>>()

/** So many events are kept from one replay to the next; those of a longer log are made anew. */
const mostKept = 1_000_000

export const relevantEvents = (log: TrainingLog, listens: ReadonlyArray<Tag>): Iterable<TrainingEvent> => {
  const matter = tagsOf(listens)
  return log.size !== undefined && log.size > mostKept ? passing(log, matter) : kept(log, listens, matter)
}

// copied by one hand, they have one shape, which the loops below are quicker with
const copy = (event: TrainingEvent): TrainingEvent => amend(event, event.lr, event.logs)

function* passing(log: TrainingLog, matter: ReadonlySet<Tag>): Generator<TrainingEvent, void, undefined> {
  for (const event of eventsOf(log)) if (matter.has(event._tag)) yield copy(event)
}

const tagsOf = (listens: ReadonlyArray<Tag>): ReadonlySet<Tag> => {
  const tags = new Set<Tag>(['EpochEnd', 'TrainEnd', ...listens])
  // what another policy saved is no business of this one's: it hears of its own saves
  tags.delete('Saved')
  // a stop in a batch is over at that batch's end
  if (tags.has('BatchBegin')) tags.add('BatchEnd')
  return tags
}

const kept = (
  log: TrainingLog,
  listens: ReadonlyArray<Tag>,
  matter: ReadonlySet<Tag>,
): ReadonlyArray<TrainingEvent> => {
  const known = relevant.get(log) ?? new Map<string, ReadonlyArray<TrainingEvent>>()
  relevant.set(log, known)
  const key = listens.join()
  const found = known.get(key)
  if (found) return found
  const events: Array<TrainingEvent> = []
  for (const event of eventsOf(log)) if (matter.has(event._tag)) events.push(copy(event))
  known.set(key, events)
  return events
}

/** What a policy hears: by far the most events are ends of epochs and batches, so those needn't be looked up. */
export interface Ears {
  readonly epochEnd: boolean
  readonly batchEnd: boolean
  readonly others: ReadonlySet<Tag>
  /** events at which somebody may look at the rate */
  readonly rate: ReadonlySet<Tag>
  readonly rateAtBatchEnd: boolean
}

const ears = new WeakMap<Spec, Ears>()

export const earsOf = (spec: Spec): Ears => {
  const known = ears.get(spec) ?? listen(spec)
  ears.set(spec, known)
  return known
}

const listen = (spec: Spec): Ears => {
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

export const seesRate = (ears: Ears, tag: Tag): boolean =>
  tag === 'BatchEnd' ? ears.rateAtBatchEnd : ears.rate.has(tag)

export const hears = (ears: Ears, tag: Tag): boolean =>
  tag === 'EpochEnd' ? ears.epochEnd : tag === 'BatchEnd' ? ears.batchEnd : ears.others.has(tag)
