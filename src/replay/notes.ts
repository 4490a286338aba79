import { label, type Spec } from '../dsl/Spec.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { contentsOf } from './contents.js'

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
