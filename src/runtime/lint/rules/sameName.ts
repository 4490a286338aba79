import { identity } from 'fp-ts/lib/function.js'
import { broughtBy } from '../../../builtins/internal/broughtData.js'
import { prefixed } from '../../../builtins/internal/namedData.js'
import { written, type Part } from '../parts.js'
import type { Fault, Rule } from '../Rule.js'

/** A name in the logs, and what its number is of; equal things give equal numbers. */
interface Told {
  readonly name: string
  readonly of: unknown
}

const toldBy = (part: Part): ReadonlyArray<Told> => {
  const { kind, options = {}, provides = [] } = part.spec
  if (kind === 'gradientNorms') {
    const { every = 1, per = 'layer', clipped = false } = options
    return provides.map((name) => ({ name, of: JSON.stringify([every, per, clipped]) }))
  }
  const { data, prefix = '{name}_' } = options
  if ((kind !== 'evaluateEvery' && kind !== 'textComparison') || typeof prefix !== 'string') return []
  return [data].flat().flatMap((name): ReadonlyArray<Told> => {
    if (typeof name !== 'string') return []
    const own = prefixed(prefix, name)
    // of texts each decoder says other ones
    if (kind === 'textComparison') return [{ name: `${own}cer`, of: part }]
    return [{ name: `${own}loss`, of: broughtBy(part.spec, name, identity) }]
  })
}

export const sameName: Rule = {
  name: 'same-name',
  severity: 'error',
  what: 'two parts measure different things under one name in the logs; a warning where training itself reports one by that name, such as `loss`',
  why: 'the later number takes the place of the other, and whoever monitors it sees the wrong one',
  check: ({ policies, context: { metrics = [] } }) => {
    const all = policies.flatMap((part) => toldBy(part).map((told) => ({ part, ...told })))
    const count = (list: ReadonlyArray<string>, name: string): number => list.filter((one) => one === name).length
    const names = all.map(({ name }) => name)
    // a run that knows what it reports names it besides what is measured
    const isTrainings = (name: string): boolean => name === 'loss' || count(metrics, name) > count(names, name)
    return all.flatMap(({ part, name, of }, i): ReadonlyArray<Fault> => {
      const option = written(part).kind === 'gradientNorms' ? 'name' : 'prefix'
      const first = all.slice(0, i).find((other) => other.part !== part && other.name === name && other.of !== of)
      if (first)
        return [
          {
            path: part.path,
            message: `tells '${name}', and ${first.part.path} tells something else by that name; give one of them another ${option}`,
          },
        ]
      return isTrainings(name)
        ? [
            {
              path: part.path,
              severity: 'warning',
              message: `tells '${name}', which takes the place of training's own; give it another ${option}`,
            },
          ]
        : []
    })
  },
}
