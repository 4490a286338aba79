import type { Problem } from '../../dsl/Options.js'
import { shown } from '../../operators/internal/parts.js'

/** Parts inside parts; what reads them calls itself. A list counts only within a list. */
export const deepest = 200

/**
 * What keeps a value from being read as JSON at all: it goes too deep, holds itself, or holds what JSON can't. Looks at each
 * object once, however often it is in there.
 */
export const flawsIn = (json: unknown): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  const outer = new Set<object>()
  const heights = new WeakMap<object, number>()
  let tooDeep = false as boolean

  /** How many levels are below it. */
  const walk = (value: unknown, path: string, level: number, inList: boolean): number => {
    if (typeof value === 'bigint' || typeof value === 'symbol')
      problems.push({ path: path || 'spec', message: `is ${shown(value)}, which JSON can't hold` })
    if (typeof value !== 'object' || value === null || tooDeep) return 0
    if (outer.has(value)) {
      problems.push({ path: path || 'spec', message: "holds itself, which JSON can't" })
      return 0
    }
    const list = Array.isArray(value)
    const own = list && !inList ? 0 : 1
    const below = heights.get(value) ?? 0
    tooDeep = level + own + below > deepest
    if (tooDeep || heights.has(value)) return own + below
    outer.add(value)
    let height = 0
    for (const [name, inner] of Object.entries(value)) {
      const place = list ? `${path}[${name}]` : `${path}${path && '.'}${name}`
      height = Math.max(height, walk(inner, place, level + own, list))
    }
    outer.delete(value)
    heights.set(value, height)
    return own + height
  }

  walk(json, '', 0, false)
  return tooDeep ? [{ path: 'spec', message: `is nested deeper than ${deepest} levels` }] : problems
}
