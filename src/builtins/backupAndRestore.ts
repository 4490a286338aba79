import * as v from 'valibot'
import { none, type BackUp, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { flag, mustBeOptions, OptionError, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'

export interface BackupAndRestoreOptions {
  /** folder of the backups; of this run alone */
  readonly dir?: string
  /** Keras' name for `dir` */
  readonly backupDir?: string
  /** 'epoch' (default): at the end of each; or a number of batches, counted over all epochs */
  readonly saveFreq?: 'epoch' | number
  /** keep the checkpoint before the newest too, should that one be damaged. Default true */
  readonly doubleCheckpoint?: boolean
  /** remove the backups when training has ended. Default true */
  readonly deleteCheckpoint?: boolean
}

const schema = v.strictObject({
  dir: text,
  saveFreq: v.optional(
    v.union([v.literal('epoch'), positive], "must be 'epoch' or a number of batches from 1"),
    'epoch',
  ),
  doubleCheckpoint: v.optional(flag, true),
  deleteCheckpoint: v.optional(flag, true),
})

const by = 'backupAndRestore'

/**
 * Keeps backups of a fit, so that a run which was killed goes on where it was: give the same `fit` the same callbacks again, in a
 * new process too. It resumes from the newest backup in `dir`: weights, all of the optimizer's state, what every policy had in
 * mind, the order of the data. The work since then is lost and done again, and the run ends as if nothing had happened. Where
 * `dir` holds no backup training begins at the beginning. Keras' BackupAndRestore, which restores weights, optimizer and epoch.
 *
 * Only `fit` and `fit$` can resume: loops of your own and `toCallback` refuse it. Throws an `OptionError` for options that can't be.
 * @category builtins
 * @see https://keras.io/api/callbacks/backup_and_restore/
 * @example
 * import { backupAndRestore, explain } from 'rxfit'
 * explain(backupAndRestore({ dir: 'runs/backup', saveFreq: 100 })) // => 'backupAndRestore dir=runs/backup saveFreq=100'
 */
export const backupAndRestore = (options: BackupAndRestoreOptions): Policy<never> => {
  mustBeOptions(by, options)
  const { backupDir, ...given } = options
  if (backupDir !== undefined && given.dir !== undefined)
    throw new OptionError([{ path: `${by}.backupDir`, message: 'is another name for dir: give one of them' }])
  const named = backupDir === undefined ? given : { dir: backupDir, ...given }
  const { dir, saveFreq } = parse(by, schema, named)
  const command: BackUp = { _tag: 'BackUp', dir, by }
  const asked: ReadonlyArray<Command> = [command]
  const spec = {
    kind: by,
    options: { ...named },
    events: [saveFreq === 'epoch' ? ('EpochEnd' as const) : ('BatchEnd' as const)],
    ignoresRate: true as const,
  }
  const due = (event: TrainingEvent<never>): boolean =>
    saveFreq === 'epoch' ? event._tag === 'EpochEnd' : event._tag === 'BatchEnd' && event.step % saveFreq === 0
  return make<never>(Machine.fromFunction(spec, (event: TrainingEvent<never>) => (due(event) ? asked : none)))
}
