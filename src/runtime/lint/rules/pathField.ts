import * as E from 'fp-ts/lib/Either.js'
import { includesMetric } from '../../../dsl/Metrics.js'
import { nearest } from '../../../dsl/nearest.js'
import { fieldsOf } from '../../../dsl/PythonFormat.js'
import type { Tag } from '../../../dsl/TrainingEvent.js'
import type { Severity } from '../Finding.js'
import { mayHave } from '../measured.js'
import type { Part } from '../parts.js'
import type { Rule, Subject } from '../Rule.js'
import { commandsOf } from '../watches.js'

/** A path with fields, and the events at which they are filled in. */
interface Template {
  readonly path: string
  readonly at: ReadonlyArray<Tag>
  readonly severity: Severity
}

const templatesOf = (part: Part): ReadonlyArray<Template> => {
  const { kind, options = {}, events } = part.spec
  const { filepath, saveFreq, dialect } = options
  if (kind === 'modelCheckpoint') {
    // Lightning writes 0 for what it doesn't know
    if (typeof filepath !== 'string' || dialect === 'lightning') return []
    return [{ path: filepath, at: [typeof saveFreq === 'number' ? 'BatchEnd' : 'EpochEnd'], severity: 'error' }]
  }
  return (commandsOf(part) ?? []).flatMap((command): ReadonlyArray<Template> =>
    // whether it ever comes to that is up to the trigger
    command._tag === 'SaveModel' || command._tag === 'DeleteModel'
      ? [{ path: command.path, at: events, severity: 'warning' }]
      : [],
  )
}

/** Why a field can't be filled in at any of these events; undefined where it can, or where that isn't known. */
const whyNot = (
  field: string,
  at: ReadonlyArray<Tag>,
  { provided }: Part,
  { parts, context: { metrics } }: Subject,
): string | undefined => {
  if (field === 'epoch') return undefined
  const only = (tag: Tag): boolean => at.every((other) => other === tag)
  if (field === 'batch') return only('EpochEnd') ? "field 'batch' isn't there at the end of an epoch" : undefined
  if (provided.has(field)) return undefined
  if (only('BatchEnd') && field.startsWith('val_'))
    return `field '${field}' isn't there at the end of a batch: validation runs at that of an epoch`
  // what a batch reports, and what an evaluation does, isn't all that an epoch does
  if (!only('EpochEnd') || metrics === undefined || metrics.includes(field)) return undefined
  // an alias is no field: that is in the run's own words
  if (!includesMetric(metrics, field) && mayHave(metrics, parts, field)) return undefined
  const known = ['epoch', ...metrics]
  const guess = includesMetric(metrics, field)
    ? metrics.find((metric) => includesMetric([metric], field))
    : nearest(field, known)
  return `unknown field '${field}'; there are ${known.join(', ')}${guess ? ` (did you mean '${guess}'?)` : ''}`
}

export const pathField: Rule = {
  name: 'path-field',
  severity: 'error',
  what: "a checkpoint's path names something that isn't known when it saves: {batch} at the end of an epoch, a val_ metric at that of a batch, a metric that the run doesn't report; a warning in commands of an `emit`",
  why: 'the path can’t be made, so the save fails',
  check: (subject) =>
    subject.policies.flatMap((part) =>
      templatesOf(part).flatMap(({ path, at, severity }) => {
        const fields = fieldsOf(path)
        if (E.isLeft(fields)) return [{ path: part.path, severity, message: `'${path}': ${fields.left.message}` }]
        return fields.right.flatMap((field) => {
          const why = whyNot(field, at, part, subject)
          return why === undefined
            ? []
            : [{ path: part.path, severity, message: `'${path}' can't be filled in: ${why}` }]
        })
      }),
    ),
}
