import { none, steers, type Command, type Why } from '../dsl/Command.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'

/**
 * How far a decision can be trusted. `exact`: it follows from what was measured. `censored`: the log ended before it would
 * have come to that. `diverged`: the policy had by then trained differently from the recorded run, so it would have seen
 * other numbers.
 */
export type Validity = 'exact' | 'censored' | 'diverged'

/** A command that steers training, with its place, its author and its grounds. */
export interface Decision {
  readonly epoch: number
  readonly batch: number | null
  readonly step: number
  readonly command: Command
  readonly by: string
  readonly why: Why
  readonly validity: Validity
}

/** What steers, and yet decides nothing about this training: a measurement, a backup, a `Run`, whose effect nobody can see into. */
const undecided: ReadonlySet<string> = new Set([
  'Run',
  'Evaluate',
  'CompareTexts',
  'BackUp',
  'TrackGradientNorms',
  'ReportGradientNorms',
])

/** The decisions among one event's commands: not what only observes. */
export const decisionsOf = (
  event: Pick<TrainingEvent, 'epoch' | 'batch' | 'step'>,
  commands: ReadonlyArray<Command>,
  validity: Validity,
): ReadonlyArray<Decision> =>
  commands === none
    ? []
    : commands
        .filter((command) => steers(command) && !undecided.has(command._tag))
        .map(({ by, why, ...command }) => ({
          epoch: event.epoch,
          batch: event.batch,
          step: event.step,
          command: command,
          by: by ?? 'a policy',
          why: why ?? {},
          validity,
        }))
