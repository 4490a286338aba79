import { placesOf } from '../../../builtins/visualize.js'
import type { Json } from '../../../dsl/Json.js'
import type { Spec } from '../../../dsl/Spec.js'
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

const verbs = {
  model: 'saves to',
  rows: 'writes to',
  pictures: 'draws to',
  board: 'writes event files to',
  tag: 'writes to event files as',
} as const

interface Write {
  readonly what: keyof typeof verbs
  readonly path: string
}

const isText = (x: unknown): x is string => typeof x === 'string'
const write = (what: Write['what'], path: string): Write => ({ what, path: normal(path) })
/** A tag of a folder's event files; tags are as they are written. */
const tagged = (folder: string, tag: string): Write => ({ what: 'tag', path: `${normal(folder)}: ${tag}` })

/** What a drawing, or a function that a spec only names, is called. */
const called = (x: Json | undefined, nameless: string): string => {
  if (isText(x)) return x
  const [[key, value] = []] = Object.entries(x ?? {})
  return key !== '$function' ? (key ?? nameless) : isText(value) && value !== 'anonymous' ? value : nameless
}

/** Who made a spec by hand may have put anything there. */
const byName = ({ options: { data } = {} }: Spec): ReadonlyArray<string> => [data].flat().filter(isText)

const optional = <K extends string>(name: K, x: unknown): { readonly [name in K]?: string } =>
  (isText(x) ? { [name]: x } : {}) as { readonly [name in K]?: string }

const ofPictures = (spec: Spec): ReadonlyArray<Write> => {
  const { draw, data, folder, logDir, tag } = spec.options ?? {}
  const places = { ...optional('folder', folder), ...optional('logDir', logDir), ...optional('tag', tag) }
  return (data === undefined ? [undefined] : byName(spec)).flatMap((name) => {
    const { stem, board } = placesOf(called(draw, 'picture'), name, places)
    return [...(stem === undefined ? [] : [write('pictures', stem)]), ...(board ? [tagged(board.path, board.tag)] : [])]
  })
}

const ofTexts = (spec: Spec): ReadonlyArray<Write> => {
  const { decode, path, logDir, tag } = spec.options ?? {}
  const tags = byName(spec).map((name) =>
    isText(tag) ? tag.replaceAll('{name}', name) : `${name}/${called(decode, 'decode')}`,
  )
  return [...(isText(path) ? [write('rows', path)] : []), ...(isText(logDir) ? tags.map((t) => tagged(logDir, t)) : [])]
}

const writesOf = (part: Part): ReadonlyArray<Write> => {
  const { spec } = part
  const { kind, options = {} } = spec
  const { filepath, filename, path, logDir, prCurves } = options
  if (kind === 'modelCheckpoint' && isText(filepath)) return [write('model', filepath)]
  if (kind === 'csvLogger' && isText(filename)) return [write('rows', filename)]
  if (kind === 'historyRecorder' && isText(path)) return [write('rows', path)]
  if (kind === 'visualize') return ofPictures(spec)
  if (kind === 'textComparison') return ofTexts(spec)
  if (kind === 'tensorBoard' && isText(logDir)) return [write('board', logDir)]
  if (kind === 'evaluateEvery' && isText(prCurves))
    return byName(spec).map((name) => tagged(`${prCurves}/${name}`, 'pr_curve'))
  return (commandsOf(part) ?? []).flatMap((command): ReadonlyArray<Write> => {
    if (command._tag === 'SaveModel') return [write('model', command.path)]
    return command._tag === 'AppendRow' ? [write('rows', command.path)] : []
  })
}

export const sameFile: Rule = {
  name: 'same-file',
  severity: 'warning',
  what: 'two parts save models, write rows, draw pictures or write event files to one path, or texts, pictures and curves under one tag',
  why: 'each overwrites what the other has saved, or rows of both are mixed in one file',
  check: ({ policies }) => {
    const writes = policies.flatMap((part) => writesOf(part).map((one) => ({ part, write: one })))
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
      const message = `${verbs[write.what]} '${write.path}', and so does ${first.part.path}`
      return [{ path: part.path, message }]
    })
  },
}
