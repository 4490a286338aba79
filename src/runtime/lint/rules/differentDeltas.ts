import type { Watch } from '../../../dialects/Dialect.js'
import { pairs, type Rule } from '../Rule.js'

type Delta = Watch['delta']

/** Zero is zero of either kind; otherwise a difference and a fraction can't be compared. */
const differ = (a: Delta, b: Delta): boolean =>
  a.kind === b.kind || a.value === 0 || b.value === 0 ? a.value !== b.value : false

const shown = ({ kind, value }: Delta): string => (kind === 'fraction' ? `${value} of the best value` : String(value))

/** Keras' own defaults clash here. */
export const differentDeltas: Rule = {
  name: 'different-deltas',
  severity: 'warning',
  what: 'early stopping and the plateau on the same metric disagree on how much better is better (minDelta)',
  why: "the same epoch is an improvement to the one and a bad epoch to the other, so their patience doesn't count the same epochs (tensorflow#43100: Keras' defaults are 0 and 1e-4)",
  check: (subject) =>
    pairs(subject, 'cut', 'stop')
      .filter(([cut, stop]) => differ(cut.delta, stop.delta))
      .map(([cut, stop]) => ({
        path: cut.part.path,
        message: `${cut.what} must improve by more than ${shown(cut.delta)} here, but by more than ${shown(stop.delta)} in ${stop.part.path}; give both the same minDelta`,
      })),
}
