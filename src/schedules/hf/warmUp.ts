import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, count, whole } from '../../dsl/Options.js'

/** What every scheduler of transformers needs to know; the first two of `get_scheduler`'s arguments. */
export interface Warm {
  /** the rate to rise to */
  readonly initial: number
  /** steps from 0 up to it */
  readonly warmupSteps: number
}
export interface Trained extends Warm {
  /** steps of the whole training, the warm-up included */
  readonly trainingSteps: number
}

export const warm = { initial: atLeast(0), warmupSteps: count }
export const trained = { ...warm, trainingSteps: whole }

/** How far the rest of the training is, after the warm-up; it goes on beyond 1. */
export const progress = (step: number, warmupSteps: number, trainingSteps: number): number =>
  (step - warmupSteps) / Math.max(1, trainingSteps - warmupSteps)

/** A line from 0 up to the rate, and then the rate times `factor`. */
export const warmUp = <O extends Warm>(kind: string, options: O, factor: (step: number) => number): Schedule =>
  make(`hf.${kind}`, { ...options } as never, (step) =>
    step < options.warmupSteps
      ? options.initial * (step / Math.max(1, options.warmupSteps))
      : options.initial * factor(step),
  )
