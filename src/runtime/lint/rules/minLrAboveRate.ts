import type { Part } from '../parts.js'
import type { Rule } from '../Rule.js'
import { commandsOf } from '../watches.js'

/** The rates that a policy's cuts don't go below. */
const floorsOf = (part: Part): ReadonlyArray<number> => {
  if (part.spec.kind === 'reduceLROnPlateau') {
    const { minLr } = part.spec.options ?? {}
    return typeof minLr === 'number' ? [minLr] : []
  }
  return (commandsOf(part) ?? []).flatMap((command) =>
    command._tag === 'ScaleLearningRate' && command.factor < 1 ? [command.min] : [],
  )
}

export const minLrAboveRate: Rule = {
  name: 'min-lr-above-rate',
  severity: 'warning',
  what: 'the least rate that cuts may lead to (minLr, min) is not below the rate that training begins with',
  why: 'a cut never raises the rate, so it is never cut',
  check: ({ policies, spec, context: { learningRate } }) => {
    // a schedule may begin anywhere
    if (learningRate === undefined || spec.learningRate === 'sets') return []
    return policies.flatMap((part) =>
      floorsOf(part)
        .filter((floor) => floor > 0 && floor >= learningRate)
        .map((floor) => ({
          path: part.path,
          message: `never cuts the rate: it may not go below ${floor}, and training begins with ${learningRate}`,
        })),
    )
  },
}
