import { label, type Spec } from '../../../dsl/Spec.js'
import { inside, partsIn, type Part } from '../parts.js'
import type { Rule } from '../Rule.js'

const settersIn = (part: Part): ReadonlyArray<Part> => {
  if (part.spec.learningRate !== 'sets') return []
  const inner = inside(part).filter((child) => child.spec.learningRate === 'sets')
  return inner.length > 0 ? inner.flatMap(settersIn) : [part]
}

/** Parts that set the learning rate to a value: the innermost of each. */
export const rateSetters = (spec: Spec): ReadonlyArray<Part> => {
  const setters = partsIn(spec).flatMap(settersIn)
  return setters.filter((part, i) => setters.findIndex((other) => other.path === part.path) === i)
}

export const learningRateWriters: Rule = {
  name: 'learning-rate-writers',
  severity: 'error',
  what: 'two parts set the learning rate to a value',
  why: 'each undoes what the other has set; a rate has one writer, and any number of cuts',
  check: ({ spec }) => {
    const [first, ...others] = rateSetters(spec)
    if (first === undefined) return []
    return others.map((part) => ({
      path: part.path,
      message: `'${label(part.spec)}' sets the learning rate, and so does ${first.path}; let one set it and the others scale it, or join the schedules`,
    }))
  },
}
