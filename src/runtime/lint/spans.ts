import type { Spec } from '../../dsl/Spec.js'
import type { LintContext } from './Finding.js'
import { inside, type Part } from './parts.js'
import { commandsOf, type Watcher } from './watches.js'

/** Counts of completed units at which something may happen: from the first up to, but not including, the second. */
interface Interval {
  readonly from: number
  readonly to: number
}

/** When a trigger can fire at all: both intervals hold. */
export interface Span {
  readonly epochs: Interval
  readonly batches: Interval
}

const anyTime: Interval = { from: 0, to: Infinity }
const always: Span = { epochs: anyTime, batches: anyTime }

const meet = (a: Interval, b: Interval): Interval => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) })
const hull = (a: Interval, b: Interval): Interval => ({ from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) })
const both =
  (join: typeof meet) =>
  (a: Span, b: Span): Span => ({ epochs: join(a.epochs, b.epochs), batches: join(a.batches, b.batches) })

const isEmpty = ({ from, to }: Interval): boolean => from >= to

/** Whether it can't fire at any time. */
export const isImpossible = ({ epochs, batches }: Span): boolean => isEmpty(epochs) || isEmpty(batches)

const option = ({ options }: Spec, name: string): number => {
  const value = options?.[name]
  return typeof value === 'number' ? value : 0
}

const within = ({ options }: Spec, interval: Interval): Span => {
  const unit = options?.['unit'] ?? 'epochs'
  return { ...always, ...((unit === 'epochs' || unit === 'batches') && { [unit]: interval }) }
}

/** When a trigger can fire, as far as counting goes. */
export const spanOf = (trigger: Part): Span => {
  const { spec } = trigger
  const n = option(spec, 'n')
  switch (spec.kind) {
    case 'everyN':
    case 'after':
      return within(spec, { from: n, to: Infinity })
    case 'onceAt':
      return within(spec, { from: n, to: n + 1 })
    case 'before':
      return within(spec, { from: 0, to: n })
    case 'between':
      return within(spec, { from: option(spec, 'from'), to: option(spec, 'to') })
    case 'and':
      return inside(trigger).map(spanOf).reduce(both(meet), always)
    case 'or':
      return (
        inside(trigger)
          .map(spanOf)
          .reduce<Span | undefined>((a, b) => (a ? both(hull)(a, b) : b), undefined) ?? always
      )
    case 'cooldown':
    case 'atMost':
      return inside(trigger).map(spanOf).reduce(both(meet), always)
    case 'enrich':
      return inside(trigger).slice(1).map(spanOf).reduce(both(meet), always)
    default:
      return always
  }
}

/** Completed epochs at which something must have happened that is due after n units; a resumed run may be past it. */
const epochsAt = (spec: Spec, n: number, { steps, initialEpoch = 0 }: LintContext): number => {
  const unit = spec.options?.['unit'] ?? 'epochs'
  const size = unit === 'epochs' ? 1 : unit === 'batches' ? steps : undefined
  if (size === undefined) return Infinity
  const done = initialEpoch * size
  switch (spec.kind) {
    case 'onceAt':
      return n > done ? Math.ceil(n / size) : Infinity
    case 'everyN':
      return Math.ceil(((Math.floor(done / n) + 1) * n) / size)
    default:
      return Math.max(Math.ceil(n / size), initialEpoch + 1)
  }
}

/** Completed epochs by which a trigger has fired whatever the metrics are; Infinity where that can't be said. */
const surelyBy = (trigger: Part, context: LintContext): number => {
  const { spec } = trigger
  const children = (): ReadonlyArray<number> => inside(trigger).map((child) => surelyBy(child, context))
  switch (spec.kind) {
    case 'onceAt':
    case 'everyN':
    case 'after':
      return epochsAt(spec, option(spec, 'n'), context)
    case 'or': {
      // an ambient condition is asked at the events of what stands beside it, perhaps only in the next epoch
      const late = spec.children?.some((child) => child.ambient) ? 1 : 0
      return Math.min(...children()) + late
    }
    case 'cooldown':
      return Math.min(...children())
    case 'atMost':
      return option(spec, 'n') === 0 ? Infinity : Math.min(...children())
    default:
      return Infinity
  }
}

/** An end of training that is known beforehand, and whose doing it is. */
export interface End {
  readonly epochs: number
  readonly by: string
  readonly part: Part | undefined
}

/** Every end that is known beforehand: the planned one, and stops that come whatever the metrics are. */
export const endsOf = (policies: ReadonlyArray<Part>, context: LintContext): ReadonlyArray<End> => {
  const stops = policies
    .filter((part) => commandsOf(part)?.some((command) => command._tag === 'StopTraining'))
    .map((part): End => {
      const [trigger] = inside(part)
      return { epochs: trigger ? surelyBy(trigger, context) : Infinity, by: `${part.path} stops it`, part }
    })
  const planned: ReadonlyArray<End> =
    context.epochs === undefined ? [] : [{ epochs: context.epochs, by: 'as planned', part: undefined }]
  return [...planned, ...stops.filter(({ epochs }) => Number.isFinite(epochs))]
}

/** The first end that isn't a part's own doing. */
export const endFor = (part: Part, ends: ReadonlyArray<End>): End | undefined =>
  ends
    .filter((end) => end.part !== part)
    .reduce<End | undefined>((a, b) => (a && a.epochs <= b.epochs ? a : b), undefined)

/** `after 20 epochs, as planned` */
export const shownEnd = ({ epochs, by }: End): string => `after ${epochs} epoch${epochs === 1 ? '' : 's'}, ${by}`

/** ` of 10 batches`: how long each of those epochs is. */
export const ofBatches = (steps: number): string => ` of ${steps} batch${steps === 1 ? '' : 'es'}`

/** How many epochs must be completed before it can act, at the earliest; NaN from the first epoch on counts as waiting. */
export const earliest = ({ from, wait }: Watcher): number => from + Math.max(1, wait ?? 1)
