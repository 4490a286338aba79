import { written } from '../parts.js'
import type { Rule } from '../Rule.js'

export const sameLimit: Rule = {
  name: 'same-limit',
  severity: 'warning',
  what: 'two parts clip gradients in one way, to different limits',
  why: 'there is one limit of each kind, the one that was set last, even where the other is lower',
  check: ({ policies }) => {
    const clips = policies.flatMap((part) =>
      written(part).kind === 'clipGradients'
        ? Object.entries(part.spec.options ?? {}).map(([mode, limit]) => ({ part, mode, limit }))
        : [],
    )
    return clips.flatMap(({ part, mode, limit }, i) => {
      const first = clips.slice(0, i).findLast((other) => other.mode === mode && other.limit !== limit)
      if (!first) return []
      const message = `sets the limit '${mode}' to ${JSON.stringify(limit)}, in place of the ${JSON.stringify(first.limit)} of ${first.part.path}`
      return [{ path: part.path, message }]
    })
  },
}
