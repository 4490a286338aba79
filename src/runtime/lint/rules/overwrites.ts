import * as E from 'fp-ts/lib/Either.js'
import { fieldsOf } from '../../../dsl/PythonFormat.js'
import type { Rule } from '../Rule.js'

/** A name that says that only the newest is wanted. */
const meantSo = /last|latest|newest|current|recent|resume|backup/i

export const overwrites: Rule = {
  name: 'overwrites',
  severity: 'warning',
  what: 'a checkpoint saves every time, best or not, to a path without any `{…}` (unless the name says `last`, `latest` or the like)',
  why: 'each save overwrites the one before: at the end there is the last model, not the best',
  check: ({ policies }) =>
    policies.flatMap(({ path, spec: { kind, options = {} } }) => {
      const { filepath, saveBestOnly, dialect } = options
      // Lightning removes and renames by itself
      if (kind !== 'modelCheckpoint' || typeof filepath !== 'string' || saveBestOnly || dialect === 'lightning')
        return []
      const fields = fieldsOf(filepath)
      if (E.isLeft(fields) || fields.right.length > 0 || meantSo.test(filepath)) return []
      return [
        {
          path,
          message: `saves to '${filepath}' each time, over the model before; put {epoch} into the path, or say saveBestOnly`,
        },
      ]
    }),
}
