import type { Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import { eventsOf } from '../logs/lazy.js'
import type { TrainingLog } from '../logs/TrainingLog.js'

/** What a log has in it. */
export interface Contents {
  readonly tags: ReadonlySet<Tag>
  /** whether its events have times of their own */
  readonly timed: boolean
  readonly first: TrainingEvent | undefined
  readonly last: TrainingEvent | undefined
}

const known = new WeakMap<TrainingLog, Contents>()

/** Looks through a log, once. */
export const contentsOf = (log: TrainingLog): Contents => {
  const before = known.get(log)
  if (before) return before
  const tags = new Set<Tag>()
  let timed = false
  let [first, last]: [TrainingEvent | undefined, TrainingEvent | undefined] = [undefined, undefined]
  for (const event of eventsOf(log)) {
    first ??= event
    last = event
    tags.add(event._tag)
    timed ||= event.at !== first.at
  }
  const found = { tags, timed, first, last }
  known.set(log, found)
  return found
}
