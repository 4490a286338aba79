import { none, stopTraining, type Command } from '../dsl/Command.js'
import type { MetricName } from '../dsl/Metrics.js'
import * as Machine from '../dsl/Machine.js'
import { check, count, mustBeOptions, positive } from '../dsl/Options.js'
import { concatAll, make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { composed, handedOn } from './internal/composed.js'
import { modelCheckpoint, type BestOf, type ModelCheckpointOptions } from './modelCheckpoint.js'
import * as v from 'valibot'

export type ControlledStoppingCheckpointOptions<M extends string = string> = ModelCheckpointOptions<M> & {
  /** stop after this many epochs of this process; from 1 */
  readonly epochs?: number
  /** in place of `epochs`: stop at the end of this 0-based epoch */
  readonly stoppingEpoch?: number
}

const schema = v.strictObject({ epochs: v.optional(positive), stoppingEpoch: v.optional(count) })

const by = 'controlledStoppingCheckpoint'

/** Counts from TrainBegin on; and from its own stop on, for a resumed run doesn't begin a second time. */
const slice = (epochs: number): Policy<never> =>
  make<never>(
    Machine.make(
      { kind: 'slice', options: { epochs }, events: ['TrainBegin', 'EpochEnd'] },
      0,
      (ran: number, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, number] => {
        if (event._tag === 'TrainBegin') return [none, 0]
        const why = { epochs: ran + 1 }
        return [
          ran + 1 < epochs
            ? none
            : [{ why, ...stopTraining(`${epochs} epochs of this process are done`), pause: true }],
          // a process that goes on from here has a slice of its own
          (ran + 1) % epochs,
        ]
      },
      (ran) => [{ by, why: { ran, epochs } }],
    ),
  )

const until = (epoch: number): Policy<never> =>
  make<never>(
    Machine.fromFunction({ kind: 'until', options: { epoch }, events: ['EpochEnd'] }, (event: TrainingEvent<never>) =>
      event.epoch === epoch ? [{ why: { epoch }, ...stopTraining(`epoch ${epoch + 1} is done`) }] : none,
    ),
  )

/**
 * Saves as `modelCheckpoint` does, by default every epoch, and stops after some epochs of this process: for jobs that get a
 * slice of time and are started again. `epochs` counts from where this process began, so a resumed run gets its full slice;
 * `stoppingEpoch` is an epoch's 0-based number. Beside `backupAndRestore` a slice leaves its backup to the next, and a process that
 * was killed within its slice is resumed for the rest of it. Takes every option of `modelCheckpoint`. The save comes before the stop.
 * @category builtins
 * @example
 * import { controlledStoppingCheckpoint } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const policy = controlledStoppingCheckpoint({ filepath: 'ckpt/{epoch:02d}', epochs: 2 })
 * const { saves, stoppedEpoch } = replay(policy, fromEpochs([{}, {}, {}, {}], { initialEpoch: 5 })).outcome
 * saves.map((save) => save.path) // => ['ckpt/06', 'ckpt/07']
 * stoppedEpoch // => 6
 */
export const controlledStoppingCheckpoint = <const M extends MetricName = never, const B extends boolean = false>(
  options: ControlledStoppingCheckpointOptions<M> & { readonly saveBestOnly?: B },
): Policy<BestOf<M, B>> => {
  mustBeOptions(by, options)
  const { epochs, stoppingEpoch, ...checkpoint } = options
  const stop = check(by, schema, { epochs, stoppingEpoch })
  const one = (epochs === undefined) !== (stoppingEpoch === undefined)
  const problems = [
    ...(stop.ok ? [] : stop.problems),
    ...(one ? [] : [{ path: `${by}.epochs`, message: 'give epochs or stoppingEpoch, one of them' }]),
  ]
  const saves = handedOn(by, () => modelCheckpoint(checkpoint as ModelCheckpointOptions<M>), problems)
  const stops = epochs === undefined ? until(stoppingEpoch as number) : slice(epochs)
  return composed(by, options, concatAll<string>([saves, stops])) as unknown as Policy<BestOf<M, B>>
}
