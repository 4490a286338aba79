import { holdsCode, written, type Part } from '../parts.js'
import type { Rule } from '../Rule.js'

const textOf = (part: Part): string => {
  const spec = written(part)
  return JSON.stringify([spec, (spec.metrics ?? []).map((metric) => part.provided.get(metric) ?? null)])
}

export const duplicate: Rule = {
  name: 'duplicate',
  severity: 'warning',
  what: 'the same part twice, with the same options',
  why: 'a rate is cut twice, a row is written twice; the rest does nothing more than the first',
  check: ({ policies }) => {
    const whole = [...new Map(policies.map((part) => [part.path, part])).values()]
    const plain = whole.filter((part) => written(part).kind !== 'idle' && !holdsCode(written(part)))
    const firsts = new Map<string, Part>()
    return plain.flatMap((part) => {
      const text = textOf(part)
      const first = firsts.get(text)
      if (!first) firsts.set(text, part)
      return first ? [{ path: part.path, message: `is there twice: it is the same as ${first.path}` }] : []
    })
  },
}
