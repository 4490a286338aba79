import { directionOf } from '../../../dsl/Metrics.js'
import type { Rule } from '../Rule.js'

export const oppositeDirections: Rule = {
  name: 'opposite-directions',
  severity: 'warning',
  what: 'two parts that watch the same metric, the one for falling and the other for rising',
  why: 'what is an improvement to the one is none to the other, so one of the two is wrong',
  check: ({ watchers }) =>
    watchers.flatMap((watcher, i) => {
      const { metric, key, direction, part } = watcher
      // where it is known which of them is wrong, that one is named
      if (direction === null || (metric !== undefined && directionOf(metric) !== undefined)) return []
      const other = watchers
        .slice(0, i)
        .find((earlier) => earlier.key === key && earlier.direction !== null && earlier.direction !== direction)
      if (!other) return []
      return [
        {
          path: part.path,
          message: `takes ${watcher.what} for better when it ${direction === 'min' ? 'falls' : 'rises'}, and ${other.part.path} the other way round`,
        },
      ]
    }),
}
