import * as v from 'valibot'
import { none, type Command, type SyncDirectory } from '../dsl/Command.js'
import { duration, type Duration } from '../dsl/Duration.js'
import * as Machine from '../dsl/Machine.js'
import { mustBeOptions, OptionError, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'

export interface SyncDirectoryOptions {
  /**
   * the program that copies the folder, and its arguments: `['rsync', '-a', '{path}/', 'host:runs/1']`; `{path}` is the folder. No shell
   * reads it
   */
  readonly command: ReadonlyArray<string>
  /** time from one copy to the next, at least: seconds, '5 minutes' … Default 60 seconds */
  readonly every?: Duration
  /** time that one copy may take before its program is ended. Default 60 seconds */
  readonly timeout?: Duration
  /** tries of one copy, from 1. Default 3 */
  readonly attempts?: number
  /** time before the second try, doubled each time. Default 1 second */
  readonly backoff?: Duration
}

const schema = v.strictObject({
  path: text,
  command: v.pipe(v.array(v.string()), v.minLength(1, 'must be a program and its arguments')),
  every: v.optional(duration, 60),
  timeout: v.optional(duration, 60),
  attempts: v.optional(positive, 3),
  backoff: v.optional(duration, 1),
})

const by = 'syncDirectory'

/** When the last copy was asked for, in milliseconds. */
type State = { readonly last: number | null }

/**
 * Keeps a copy of a folder elsewhere, by a program of yours: `rsync`, `gsutil rsync`, `aws s3 sync`. Once when training begins, then as
 * an epoch or a batch ends, at most once in `every`; and a last time when the fit is over, also when it has failed. Sonosco's
 * SyncingTensorBoard is this beside `tensorBoard`.
 *
 * Copies are made in the background, one at a time for a folder: training waits for the last one only, and for that no longer than
 * its tries take. A program that fails is tried again, later each time; one that hangs is ended after `timeout`. What can't be copied
 * costs one warning, and a `CommandFailed` event, never the run. A folder that isn't there yet is passed over.
 *
 * It runs a program, so it is made in code: a callbacks file in JSON can't ask for it.
 * @category builtins
 * @throws OptionError for unknown options and values that don't hold
 * @example
 * import { all, syncDirectory, tensorBoard } from 'rxfit'
 * const callbacks = all(
 *   tensorBoard('logs'),
 *   syncDirectory('logs', { command: ['gsutil', '-m', 'rsync', '-r', '{path}', 'gs://bucket/logs'], every: '2 minutes' }),
 * )
 * callbacks.spec.children?.[1]?.options?.path // => 'logs'
 */
export const syncDirectory = (path: string, options: SyncDirectoryOptions): Policy<never> => {
  mustBeOptions(by, options)
  const { command, every, timeout, attempts, backoff } = parse(by, schema, { path, ...options })
  const [program = ''] = command
  if (program === '') throw new OptionError([{ path: `${by}.command`, message: 'must begin with a program, got ""' }])
  const asked: ReadonlyArray<Command> = [
    {
      by,
      _tag: 'SyncDirectory',
      path,
      argv: command.map((part) => part.replaceAll('{path}', path)),
      timeout: timeout * 1000,
      attempts,
      backoff: backoff * 1000,
    } satisfies SyncDirectory,
  ]
  const written = Object.fromEntries(
    Object.entries(options).map(([name, value]: readonly [string, unknown]) => [
      name,
      Array.isArray(value) ? [...(value as ReadonlyArray<string>)] : (value as string),
    ]),
  )
  return make<never>(
    Machine.make(
      {
        kind: by,
        options: { path, ...written },
        events: ['TrainBegin', 'BatchEnd', 'EpochEnd'],
        ignoresRate: true,
        timed: true,
      },
      { last: null },
      (state: State, { _tag, at }: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
        if (_tag !== 'TrainBegin' && _tag !== 'BatchEnd' && _tag !== 'EpochEnd') return [none, state]
        const due = _tag === 'TrainBegin' || state.last === null || at - state.last >= every * 1000
        return due ? [asked, { last: at }] : [none, state]
      },
    ),
  )
}
