import * as E from 'fp-ts/lib/Either.js'
import { OptionError } from '../../dsl/Options.js'
import { formatPython } from '../../dsl/PythonFormat.js'

/** Extension of Lightning's checkpoints. */
export const extension = '.ckpt'

/**
 * A file name as Lightning makes it: `{epoch}` becomes `epoch=0` unless `auto` is off, what isn't known is 0, and `epoch` and
 * `step` are whole numbers. Names are free of Python's rules (they may hold dots), so each is handed on under another.
 */
export const checkpointName = (
  template: string,
  metrics: Readonly<Record<string, number>>,
  auto: boolean,
  version: number | null = null,
): string => {
  const fields: Record<string, number> = {}
  const whole = new Set<string>()
  const renamed = template.replace(/\{([^:}]*)(?=[:}])/g, (_, name: string) => {
    const alias = `f${Object.keys(fields).length}`
    const known = Object.hasOwn(metrics, name)
    fields[alias] = known ? (metrics[name] as number) : 0
    if (!known || name === 'epoch' || name === 'step') whole.add(alias)
    return auto ? `${name}={${alias}` : `{${alias}`
  })
  const filled = formatPython(renamed, fields, whole)
  if (E.isLeft(filled)) throw new OptionError([{ path: 'modelCheckpoint.filepath', message: filled.left.message }])
  return `${filled.right}${version === null ? '' : `-v${version}`}${extension}`
}
