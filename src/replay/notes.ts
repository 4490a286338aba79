import { label, type Spec } from '../dsl/Spec.js'
import type { Tag } from '../dsl/TrainingEvent.js'
import type { TrainingLog } from '../logs/TrainingLog.js'

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
export const deafTo = (spec: Spec, log: TrainingLog): ReadonlyArray<string> => {
  if (log.epochs === 0) return []
  const { tags, timed } = contentsOf(log)
  const leaves = (part: Spec): ReadonlyArray<Spec> =>
    part.kind === 'all' || part.kind === 'enrich' || part.kind === 'named'
      ? (part.children ?? []).flatMap(leaves)
      : [part]
  return leaves(spec).flatMap((part) => {
    const waits = part.events.filter((tag) => tag !== 'TrainBegin' && tag !== 'TrainEnd' && tag !== 'Saved')
    const absent = waits.length > 0 && !waits.some((tag) => tags.has(tag))
    const timeless = !timed && part.timed === true
    return [
      ...(absent
        ? [`'${label(part)}' acts at ${waits.join(', ')}, which this log doesn't have: it did nothing here`]
        : []),
      ...(timeless ? [`'${label(part)}' goes by time, which this log doesn't have: it did nothing here`] : []),
    ]
  })
}
