import { written, type Part } from '../parts.js'
import type { Rule } from '../Rule.js'
import { commandsOf } from '../watches.js'

/** `./runs//log.csv` and `runs/log.csv` are one file. */
const normal = (path: string): string =>
  path.includes('://')
    ? path
    : path
        .replaceAll('\\', '/')
        .replace(/\/{2,}/g, '/')
        .replace(/(^|\/)(\.\/)+/g, '$1')
        .replace(/(?<=.)\/$/, '')

interface Write {
  readonly what: 'model' | 'rows'
  readonly path: string
}

const writesOf = (part: Part): ReadonlyArray<Write> => {
  const { kind, options = {} } = part.spec
  const { filepath, filename, path } = options
  if (kind === 'modelCheckpoint' && typeof filepath === 'string') return [{ what: 'model', path: normal(filepath) }]
  if (kind === 'csvLogger' && typeof filename === 'string') return [{ what: 'rows', path: normal(filename) }]
  if (kind === 'historyRecorder' && typeof path === 'string') return [{ what: 'rows', path: normal(path) }]
  return (commandsOf(part) ?? []).flatMap((command): ReadonlyArray<Write> => {
    if (command._tag === 'SaveModel') return [{ what: 'model', path: normal(command.path) }]
    return command._tag === 'AppendRow' ? [{ what: 'rows', path: normal(command.path) }] : []
  })
}

export const sameFile: Rule = {
  name: 'same-file',
  severity: 'warning',
  what: 'two parts save models, or write rows, to one path',
  why: 'each overwrites what the other has saved, or rows of both are mixed in one file',
  check: ({ policies }) => {
    const writes = policies.flatMap((part) => writesOf(part).map((write) => ({ part, write })))
    return writes.flatMap(({ part, write }, i) => {
      const first = writes.slice(0, i).find(
        (other) =>
          other.part !== part &&
          other.write.what === write.what &&
          other.write.path === write.path &&
          // `duplicate` says so
          JSON.stringify(written(other.part)) !== JSON.stringify(written(part)),
      )
      if (!first) return []
      const verb = write.what === 'model' ? 'saves to' : 'writes to'
      return [{ path: part.path, message: `${verb} '${write.path}', and so does ${first.part.path}` }]
    })
  },
}
