import { pairs, type Rule } from '../Rule.js'
import { counted, type Watcher } from '../watches.js'

/** Whether `a` stops no later than `b`, whatever is measured: what it takes for an improvement is always one to `b` too. */
const outruns = (a: Watcher, b: Watcher): boolean => {
  if (a.wait === null || b.wait === null || a.wait > b.wait || a.rules !== b.rules) return false
  const same = a.from === b.from && a.delta.value === b.delta.value && a.baseline === b.baseline
  if (a.rules !== 'rxfit') return same
  // a new best by more than some delta is a new best
  const laxer = b.delta.value === 0 && b.baseline === null && a.from <= b.from
  if (!same && !laxer) return false
  // early stopping never stops in epoch 0, a pipeline may
  return b.wait > 1 || a.part.spec.kind === b.part.spec.kind
}

/** An early stopping that another one always forestalls. */
export const neverFirst: Rule = {
  name: 'never-first',
  severity: 'warning',
  what: 'of two early stoppings on the same metric one can never stop first',
  why: 'the other one has always stopped the run by then, so it changes nothing',
  check: (subject) => {
    const { policies } = subject
    const order = (watcher: Watcher): number => policies.indexOf(watcher.part)
    return pairs(subject, 'stop', 'stop').flatMap(([b, a]) => {
      if (!outruns(a, b)) return []
      // of two that are equal the later one is said to be too many; where their text is equal too, `duplicate` says so
      if (outruns(b, a) && order(b) < order(a)) return []
      if (JSON.stringify(a.part.spec) === JSON.stringify(b.part.spec)) return []
      // one that puts weights back is of use even if it never stops
      const keeps = ({ part }: Watcher): boolean => part.spec.options?.['restoreBestWeights'] === true
      if (keeps(b) && !keeps(a)) return []
      return [
        {
          path: b.part.path,
          message: `never stops the run: ${a.part.path} has by then, after ${counted(a, a.wait as number)} without improvement of ${a.what}; this one waits for ${b.wait}`,
        },
      ]
    })
  },
}
