import { directionOf } from '../../../dsl/Metrics.js'
import type { Rule } from '../Rule.js'
import { limitsIn, tastesIn } from '../watches.js'

const verbs = { min: 'fall', max: 'rise' } as const

export const wrongDirection: Rule = {
  name: 'wrong-direction',
  severity: 'warning',
  what: "a mode, given or a dialect's, that contradicts the metric's known direction ('max' on val_loss)",
  why: 'each improvement counts as none: training stops, cuts and saves at the wrong epochs',
  check: ({ watchers, policies, parts }) => {
    const others = [...policies.flatMap(tastesIn), ...parts.flatMap(limitsIn)]
    const fresh = others.filter(
      ({ part, metric }) => !watchers.some((known) => known.part === part && known.metric === metric),
    )
    return [...watchers, ...fresh].flatMap(({ part, metric, direction }) => {
      const known = metric === undefined ? undefined : directionOf(metric)
      if (metric === undefined || known === undefined || direction === null || known === direction) return []
      const { mode, dialect } = part.spec.options ?? {}
      const whose =
        mode === 'min' || mode === 'max' || typeof dialect !== 'string' ? '' : `, which is how '${dialect}' takes it`
      return [
        {
          path: part.path,
          message: `takes ${metric} for better when it ${direction === 'min' ? 'falls' : 'rises'}${whose}; it should ${verbs[known]}: say mode '${known}'`,
        },
      ]
    })
  },
}
