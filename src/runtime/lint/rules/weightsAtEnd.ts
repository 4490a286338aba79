import { written, type Part } from '../parts.js'
import type { Rule } from '../Rule.js'

const averages: ReadonlySet<string> = new Set(['swapEMAWeights', 'weightAveraging', 'stochasticWeightAveraging'])

/** Which weights a part leaves the model with: the average, or the best by a metric; undefined if it leaves them alone. */
const leaves = (part: Part): string | undefined => {
  const { kind, options = {} } = written(part)
  if (averages.has(kind)) return 'its average'
  if (options['restoreBestWeights'] !== true) return undefined
  const [metric = 'its metric'] = part.spec.metrics ?? []
  return `the best weights by ${metric}`
}

export const weightsAtEnd: Rule = {
  name: 'weights-at-end',
  severity: 'warning',
  what: 'two parts put different weights into the model when training ends: averages, or the best by different metrics',
  why: 'the last one wins, and what the other has kept is lost',
  check: ({ policies }) => {
    const whole = [...new Map(policies.map((part) => [part.path, part])).values()]
    const endings = whole.flatMap((part) => {
      const weights = leaves(part)
      return weights === undefined ? [] : [{ part, weights }]
    })
    return endings.flatMap(({ part, weights }, i) => {
      const earlier = endings
        .slice(0, i)
        .findLast((other) => other.weights !== weights || averages.has(written(part).kind))
      if (!earlier) return []
      return [
        {
          path: part.path,
          message: `leaves the model with ${weights}, and ${earlier.part.path} with ${earlier.weights}; keep one of them, or save the other to a file`,
        },
      ]
    })
  },
}
