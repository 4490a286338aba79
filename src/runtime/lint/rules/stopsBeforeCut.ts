import { pairs, type Rule } from '../Rule.js'
import { counted } from '../watches.js'

/** Early stopping that leaves no epoch for a cut of the learning rate to show its worth. */
export const stopsBeforeCut: Rule = {
  name: 'stops-before-cut',
  severity: 'warning',
  what: "early stopping's patience isn't above that of the plateau on the same metric",
  why: 'on a plateau training stops before the rate is cut, or at that very moment, so the cut is never trained with',
  check: (subject) =>
    pairs(subject, 'cut', 'stop').flatMap(([cut, stop]) => {
      if (cut.wait === null || stop.wait === null) return []
      // until early stopping begins to look, the rate can be cut
      if (stop.from + stop.wait > cut.wait) return []
      const late = stop.from > 0 ? ` from epoch ${stop.from} on` : ''
      return [
        {
          path: cut.part.path,
          message: `the rate is cut after ${counted(cut, cut.wait)} without improvement of ${cut.what}, but ${stop.part.path} stops after ${counted(stop, stop.wait)}${late}; let it wait for ${counted(cut, cut.wait + 1)} or more`,
        },
      ]
    }),
}
