import { none, type Command } from '../../dsl/Command.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'

/** A cut of the rate in force, unless it would lead below the floor: then the rate stays as it is. */
export const cutAbove = (
  by: string,
  event: TrainingEvent,
  factor: number,
  min: number | null,
): ReadonlyArray<Command> =>
  min !== null && event.lr * factor < min
    ? none
    : [{ _tag: 'ScaleLearningRate', factor, min: min ?? 0, by, why: { epoch: event.epoch, factor } }]
