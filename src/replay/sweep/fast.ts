import { bare, type Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'
import type { Marker } from '../../dsl/Marker.js'
import type { Ending } from './ending.js'
import type { EpochTable } from '../judge/EpochTable.js'
import { keepsBest } from '../judge/kept.js'
import { keptBy, traceRate, traceSaver, traceMarker, type Trace } from './trace.js'

/** A part whose trace is all that a sweep needs of it. */
interface Part {
  readonly id: number
  readonly marker?: Marker
  readonly saver?: Policy<never>
  /** how many policies have it */
  uses: number
}

/** A policy whose parts can be traced one by one. */
export interface FastPolicy {
  readonly parts: ReadonlyArray<Part>
  /** whether a part of it cuts the rate; else the recorded run's is in force */
  readonly cuts: boolean
  readonly keepsBest: boolean
}

/** Parts that change nothing in a run. */
const observers = new Set(['csvLogger', 'history', 'progress', 'idle'])

/** Lightning's keeps several of the best, which only its own state tells apart. */
const isSaver = ({ kind, events, options }: Spec): boolean =>
  kind === 'modelCheckpoint' && events.join() === 'EpochEnd' && options?.['dialect'] !== 'lightning'

/** The parts of a sweep's policies, each once. */
export const partRegistry = () => {
  const known = new Map<object, Part>()
  return (key: object, what: Pick<Part, 'marker' | 'saver'>): Part => {
    const part = known.get(key) ?? { id: known.size, uses: 0, ...what }
    known.set(key, part)
    part.uses += 1
    return part
  }
}

export type PartRegistry = ReturnType<typeof partRegistry>

/** The policy as parts that can be traced; undefined if one needs more than numbers at epochs' ends. */
export const fastOf = (whole: ReadonlyArray<Policy<never>>, register: PartRegistry): FastPolicy | undefined => {
  const parts: Array<Part> = []
  for (const part of whole) {
    const { marker } = bare(part)
    if (marker) parts.push(register(marker, { marker }))
    else if (isSaver(part.spec)) parts.push(register(part, { saver: part }))
    else if (!observers.has(part.spec.kind)) return undefined
  }
  const cutting = parts.filter(({ marker }) => marker?.cut !== undefined).length
  const saving = parts.filter(({ saver }) => saver !== undefined).length
  // two that cut are not alone with the rate, nor two that save with their files
  return cutting > 1 || saving > 1
    ? undefined
    : { parts, cuts: cutting > 0, keepsBest: saving > 0 && whole.some(({ spec }) => keepsBest(spec)) }
}

/** The traces of one log, each made when it is first asked for. */
export const tracer = (table: EpochTable, learningRate: number | undefined) => {
  const traces: Array<Trace | undefined> = []
  let steady: Trace | undefined
  return {
    table,
    /** those of the policy at hand: one list for all, since there is one a cell */
    own: [] as Array<Trace>,
    /** up to an epoch at least, by its position */
    trace: ({ id, marker, saver, uses }: Part, until: number): Trace => {
      const known = traces[id]
      if (known) return known
      // nobody else will ask: it may end here, and need not be kept
      const alone = uses === 1
      const last = alone ? until : Infinity
      const made = marker
        ? traceMarker(marker, table, learningRate, last)
        : traceSaver(saver as Policy<never>, table, last)
      if (!alone) traces[id] = made
      return made
    },
    /** the rate that was asked for, where no part changes it */
    steady: (): Trace | undefined =>
      learningRate === undefined ? undefined : (steady ??= traceRate(table, learningRate)),
  }
}

export type Tracer = ReturnType<typeof tracer>

/** How the parts end together: what `rerun` comes to, too; undefined where that has something to complain of. */
export const endFast = (
  { parts, cuts, keepsBest }: FastPolicy,
  { table, trace, steady, own: traces }: Tracer,
): Ending | undefined => {
  const count = table.epochs.length
  let stop = Infinity
  for (let i = 0; i < parts.length; i += 1) {
    const own = trace(parts[i] as Part, stop)
    traces[i] = own
    stop = Math.min(stop, own.stopsAt)
  }
  const last = Math.min(stop, count - 1)
  let divergedAt: number | null = null
  let [atStop, atEnd, saved] = [-1, -1, -1]
  for (let i = 0; i < parts.length; i += 1) {
    const { marker } = parts[i] as Part
    const own = traces[i] as Trace
    if (own.failsAt <= last) return undefined
    if (own.divergesAt <= last) divergedAt = own.divergedAt
    if (!marker) saved = keptBy(own, last)
    else if (own.restoresAtStop && own.stopsAt === stop) atStop = keptBy(own, last)
    else if (marker.restoresAtEnd) {
      const back = keptBy(own, last)
      if (back >= 0) atEnd = back
    }
  }
  const rate = cuts ? undefined : steady()
  if (rate && rate.divergesAt <= last) divergedAt = rate.divergedAt
  // what comes back when training ends comes after what came back at the stop
  const restored = atEnd >= 0 ? atEnd : atStop
  const best = restored >= 0 ? restored : keepsBest ? saved : -1
  const kept = best >= 0 ? best : last
  return {
    epochsRun: last + 1,
    stoppedEpoch: stop === Infinity ? null : (table.epochs[stop] as number),
    divergedAt,
    keptEpoch: kept >= 0 ? (table.epochs[kept] as number) : null,
  }
}
