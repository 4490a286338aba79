import { OptionError } from '../../dsl/Options.js'
import { directionOf, type Direction } from '../../dsl/Metrics.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import { resolveDirection } from '../../operators/internal/progress.js'

/** How a dialect finds out whether a metric should fall or rise, when the mode is 'auto'. */
export type Guess = (builtin: string, metric: string) => Direction | null

/** By the well-known names, or not at all: an error where the policy is made. */
export const refuseToGuess: Guess = (builtin, metric) => resolveDirection(builtin, 'auto', [metric])

/** By a rule on the name that always has an answer. */
export const risesIf =
  (rises: (metric: string) => boolean): Guess =>
  (_, metric) =>
    rises(metric) ? 'max' : 'min'

/** Only the loss is known beforehand; the rest is looked up among the model's metrics, once there are some. */
export const askTheModel: Guess = (_, metric) => (metric.replace(/^val_/, '') === 'loss' ? 'min' : null)

/** What a model says of its metrics when training begins; null where it doesn't have this one. */
export const answer = (event: TrainingEvent, metric: string): Direction | null =>
  event._tag === 'TrainBegin' && event.params.metrics.includes(metric) ? (directionOf(metric) ?? null) : null

/** Keras 3's error, at the end of the first epoch. */
export const unknownDirection = (builtin: string, metric: string): OptionError =>
  new OptionError([
    {
      path: `${builtin}.mode`,
      message: `'auto' can't tell whether '${metric}' should fall or rise; say 'min' or 'max'`,
    },
  ])
