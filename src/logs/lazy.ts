import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import type { TrainingLog } from './TrainingLog.js'

/**
 * A log whose events are made when they are asked for: one at a time by `stream`, or all of them, once, as `events`. A log of
 * a gigabyte has more events than fit in memory, and numbers that do.
 */
export const lazy = (
  known: Omit<TrainingLog, 'events' | 'stream' | 'size'>,
  make: () => Iterable<TrainingEvent>,
  size: number,
): TrainingLog => {
  let made: ReadonlyArray<TrainingEvent> | undefined
  return {
    ...known,
    size,
    stream: () => made ?? make(),
    get events() {
      return (made ??= [...make()])
    },
  }
}

/** A log's events, one at a time. */
export const eventsOf = (log: TrainingLog): Iterable<TrainingEvent> => log.stream?.() ?? log.events
