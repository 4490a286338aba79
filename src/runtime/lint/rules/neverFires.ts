import { inside, type Part } from '../parts.js'
import { dueOf } from '../due.js'
import type { Fault, Rule, Subject } from '../Rule.js'
import { earliest, endFor, isImpossible, ofBatches, shownEnd, spanOf, type End } from '../spans.js'
import type { Watcher } from '../watches.js'

/** Stops and cuts at the very end of training are as good as none. */
const comesTooLate = (watcher: Watcher, end: End): string | undefined => {
  if (!watcher.ofEpochs || watcher.wait === null || watcher.acts === 'save') return undefined
  const { from, wait } = watcher
  if (from >= end.epochs) return `begins to look at epoch ${from}`
  if (watcher.impatient || earliest(watcher) < end.epochs) return undefined
  const begins = from > 0 ? ` from epoch ${from} on` : ''
  return `waits for ${wait} epoch${wait === 1 ? '' : 's'} without improvement${begins}`
}

const keeps = ({ spec }: Part): string =>
  spec.options?.['restoreBestWeights'] === true ? '; it only puts the best weights back' : ''

const verbs = { stop: 'stops nothing', cut: 'never cuts the rate', save: 'never saves' } as const

const ofWatcher = (watcher: Watcher, { ends }: Subject): ReadonlyArray<Fault> => {
  const end = endFor(watcher.part, ends)
  const late = end && comesTooLate(watcher, end)
  if (!end || late === undefined) return []
  const rest = watcher.from >= end.epochs ? '' : keeps(watcher.part)
  return [
    {
      path: watcher.part.path,
      message: `${verbs[watcher.acts]}: it ${late}, and training ends ${shownEnd(end)}${rest}`,
    },
  ]
}

/** A pipeline whose conditions count epochs or batches. */
const ofTrigger = (part: Part, { ends, context: { steps } }: Subject): ReadonlyArray<Fault> => {
  const [trigger] = inside(part)
  if (part.spec.kind !== 'emit' || trigger === undefined) return []
  const span = spanOf(trigger)
  if (isImpossible(span)) return [{ path: part.path, message: 'never fires: its conditions exclude each other' }]
  const end = endFor(part, ends)
  if (!end) return []
  const { epochs, batches } = { epochs: span.epochs.from, batches: span.batches.from }
  const tooMany = steps !== undefined && batches > end.epochs * steps
  if (epochs <= end.epochs && !tooMany) return []
  const due = epochs > end.epochs ? `${epochs} epochs` : `${batches} batches`
  const each = tooMany && epochs <= end.epochs ? ofBatches(steps) : ''
  return [
    { path: part.path, message: `never fires: it is due after ${due}, and training ends ${shownEnd(end)}${each}` },
  ]
}

const numberAt = ({ spec }: Part, option: string): number => {
  const value = spec.options?.[option]
  return typeof value === 'number' ? value : 0
}

/** A checkpoint that counts further than training goes. */
const ofCheckpoint = (part: Part, { ends, context: { steps } }: Subject): ReadonlyArray<Fault> => {
  const end = part.spec.kind === 'modelCheckpoint' ? endFor(part, ends) : undefined
  if (!end) return []
  const [saveFreq, everyNEpochs] = [numberAt(part, 'saveFreq'), numberAt(part, 'everyNEpochs')]
  if (everyNEpochs > end.epochs)
    return [
      {
        path: part.path,
        message: `never saves: it does every ${everyNEpochs} epochs, and training ends ${shownEnd(end)}`,
      },
    ]
  if (steps === undefined || saveFreq <= end.epochs * steps) return []
  return [
    {
      path: part.path,
      message: `never saves: it does every ${saveFreq} batches, and training ends ${shownEnd(end)}${ofBatches(steps)}`,
    },
  ]
}

/** A named callback that begins with an epoch, or comes every so many, that training doesn't reach. */
const ofCount = (part: Part, { ends, context }: Subject): ReadonlyArray<Fault> => {
  const end = endFor(part, ends)
  const due = end && dueOf(part.spec, context)
  if (!end || !due) return []
  const { steps } = context
  const length = due.unit === 'epochs' ? end.epochs : steps === undefined ? Infinity : end.epochs * steps
  if (due.completed <= length) return []
  const each = due.unit === 'batches' && steps !== undefined ? ofBatches(steps) : ''
  return [{ path: part.path, message: `${due.what}, and training ends ${shownEnd(end)}${each}` }]
}

/** What training doesn't last long enough for. */
export const neverFires: Rule = {
  name: 'never-fires',
  severity: 'warning',
  what: 'a part that is due only after training has ended: as planned, or by a stop at a fixed time; conditions that exclude each other',
  why: 'it looks as if something were watched over, and nothing is',
  check: (subject) => {
    const watched = subject.watchers.flatMap((watcher) => ofWatcher(watcher, subject))
    const said = new Set(watched.map(({ path }) => path))
    const counted = subject.policies
      .filter(({ path }) => !said.has(path))
      .flatMap((part) => [...ofTrigger(part, subject), ...ofCheckpoint(part, subject), ...ofCount(part, subject)])
    return [...watched, ...counted]
  },
}
