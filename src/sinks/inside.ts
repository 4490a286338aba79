import { lstatSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from 'node:path'
import { goesUp } from '../runtime/permit.js'

/** Where a path leads, links followed, though its end need not be there yet; undefined where it can't be told. */
const leadsTo = (path: string): string | undefined => {
  const rest: Array<string> = []
  for (let at = path; ; at = dirname(at)) {
    try {
      return join(realpathSync(at), ...rest)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === dirname(at)) return undefined
    }
    // a link that leads nowhere yet would be followed when something is written through it
    if (lstatSync(at, { throwIfNoEntry: false })) return undefined
    rest.unshift(relative(dirname(at), at))
  }
}

const isBelow = (path: string, folder: string): boolean => {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** Whether a path leads below one of those folders, or to one of them, whatever links are on its way. */
export const inside = (path: string, folders: ReadonlyArray<string>): boolean => {
  if (goesUp(path)) return false
  const found = leadsTo(resolve(path))
  if (found === undefined) return false
  return folders.some((folder) => {
    const place = resolve(folder)
    const real = leadsTo(place)
    return place === parse(place).root || (real !== undefined && isBelow(found, real))
  })
}
