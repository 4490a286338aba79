import type * as tf from '@tensorflow/tfjs'
import { host } from '#host'
import { backupAndRestore } from '../../builtins/backupAndRestore.js'
import { encodeJson, type Json } from '../../dsl/Json.js'
import { OptionError } from '../../dsl/Options.js'
import { concatAll, type Policy } from '../../dsl/Policy.js'
import { permissionsOf } from '../../dsl/Permissions.js'
import { partsOfKind, type Spec } from '../../dsl/Spec.js'
import type { Params } from '../../dsl/TrainingEvent.js'
import { pathRefusalOf } from '../../runtime/permit.js'
import type { BackupSettings, RunState } from './backups.js'
import type { Found } from './checkpoint.js'
import { differenceOf, fingerprintOf } from './fingerprint.js'

/** What a fit is to do about going on: where its backups are, or the checkpoint that it begins from. */
export interface Plan {
  readonly backups?: BackupSettings & { readonly dir: string; readonly discard: boolean }
  readonly checkpoint?: string
}

/** Texts among the options of parts that code made: a file that it means is one of these, or below one. */
const textsOfCode = (spec: Spec): ReadonlyArray<string> =>
  [
    ...(permissionsOf(spec) ? [] : Object.values(spec.options ?? {}).filter((x) => typeof x === 'string' && x !== '')),
    ...(spec.children ?? []).flatMap(textsOfCode),
  ] as ReadonlyArray<string>

/**
 * Keeps backups that JSON asked for within what it may reach, before anything there is opened: the folder, and the files that
 * it says a run wrote to, but for those that code named. A folder may come from elsewhere, as the JSON may.
 */
const confinedTo = (
  part: Spec,
  dir: string,
  whole: Spec,
  record: string | undefined,
): Pick<BackupSettings, 'refusal'> => {
  const permissions = permissionsOf(part)
  if (!permissions) return {}
  const refusal = (path: string): Error | undefined => pathRefusalOf(path, permissions, host.inside)
  const refused = refusal(dir)
  if (refused) throw new Error(`${part.kind}: ${refused.message}`, { cause: refused })
  const named = [...textsOfCode(whole), ...(record === undefined ? [] : [record])]
  return { refusal: (path) => (named.includes(path) || host.inside(path, named) ? undefined : refusal(path)) }
}

/** What is asked for by a policy and by `resume`, and the policy that keeps the backups where none did. */
export const planOf = (
  policy: Policy<never>,
  resume: string | undefined,
  record?: string,
): readonly [policy: Policy<never>, plan: Plan | undefined] => {
  const [part, second] = partsOfKind(policy.spec, 'backupAndRestore')
  if (second) throw new OptionError([{ path: 'callbacks', message: 'has backupAndRestore twice: a run has one' }])
  const options = part?.options as
    { readonly dir: string; readonly doubleCheckpoint?: boolean; readonly deleteCheckpoint?: boolean } | undefined
  const backups = options && {
    ...confinedTo(part as Spec, options.dir, policy.spec, record),
    dir: options.dir,
    double: options.doubleCheckpoint ?? true,
    discard: options.deleteCheckpoint ?? true,
  }
  if (resume === undefined) return [policy, backups && { backups }]
  if (host.models(resume).exists()) return [policy, { checkpoint: resume, ...(backups && { backups }) }]
  if (!backups) {
    const keeps = backupAndRestore({ dir: resume, deleteCheckpoint: false })
    return [concatAll<never>([policy, keeps]), { backups: { dir: resume, double: true, discard: false } }]
  }
  if (backups.dir !== resume)
    throw new OptionError([
      { path: 'fit.resume', message: `is '${resume}', and backupAndRestore keeps its backups in '${backups.dir}'` },
    ])
  return [policy, { backups }]
}

/** A pipeline apart from where, and how often, its backups are written: a run may be moved. */
const essence = (spec: Spec): Json =>
  encodeJson({
    ...spec,
    ...(spec.kind === 'backupAndRestore' && { options: undefined }),
    events: [],
    children: spec.children?.map(essence),
  })

type Shape = Pick<Params, 'steps' | 'samples' | 'batchSize'>

interface Now {
  readonly model: tf.LayersModel
  readonly policy: Policy<never>
  readonly shape: Shape
  /** that was asked for */
  readonly seed: number | undefined
  /** whether rows stand in one order throughout */
  readonly inOrder: boolean
}

/** Throws where a checkpoint is another model's, or another run's: the first difference is named. */
export const mustBeSameRun = (found: Found, now: Now): void => {
  const { path, spec, fingerprint } = found
  const run = found.run as unknown as RunState | undefined
  const refuse = (what: string, difference: string): never => {
    throw new Error(
      `resume: '${path}' is of another ${what}: ${difference}. Give what it was written with, another folder, or take only what fits with loadCheckpoint`,
    )
  }
  const compare = (what: string, was: unknown, is: unknown, name?: string): void => {
    const difference = differenceOf(was as Json, is as Json, name)
    if (difference !== undefined) refuse(what, difference)
  }
  if (fingerprint) {
    const { optimizer, ...layers } = fingerprintOf(now.model)
    const { optimizer: was, ...wereLayers } = fingerprint
    compare('optimizer', was, optimizer)
    compare('model', wereLayers, layers)
  }
  compare('pipeline of callbacks', essence(spec), essence(now.policy.spec), 'callbacks')
  if (!run) return
  const { steps, samples, batchSize } = run.params
  const { shape } = now
  compare('run', { steps, samples, batchSize }, { ...shape }, 'data')
  if (now.seed !== undefined) compare('run', run.seed, now.seed, 'shuffle.seed')
  compare('run', run.inOrder, now.inOrder, 'shuffle: false')
}
