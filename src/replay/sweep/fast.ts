import { bare, type Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'
import type { Watch } from '../../dsl/Watch.js'
import type { Ending } from './ending.js'
import type { EpochTable } from './EpochTable.js'
import { keepsBest } from './kept.js'
import { keptBy, traceRate, traceSaver, traceWatch, type Trace } from './trace.js'

/** A part whose trace is all that a sweep needs of it. */
interface Part {
  /** its number among all parts of a sweep; equal parts have one */
  readonly id: number
  readonly watch?: Watch
  readonly saver?: Policy<never>
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

/** Numbers the parts of a sweep's policies. */
export const partNumbers = () => {
  const ids = new Map<object, number>()
  return (part: object): number => {
    const id = ids.get(part) ?? ids.size
    ids.set(part, id)
    return id
  }
}

/** The policy as parts that can be traced; undefined if one needs more than numbers at epochs' ends. */
export const fastOf = (
  whole: ReadonlyArray<Policy<never>>,
  numberOf: (part: object) => number,
): FastPolicy | undefined => {
  const parts: Array<Part> = []
  for (const part of whole) {
    const { watch } = bare(part)
    if (watch) parts.push({ id: numberOf(watch), watch })
    else if (isSaver(part.spec)) parts.push({ id: numberOf(part), saver: part })
    else if (!observers.has(part.spec.kind)) return undefined
  }
  const cutting = parts.filter(({ watch }) => watch?.cut !== undefined).length
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
    trace: ({ id, watch, saver }: Part): Trace => {
      const known = traces[id]
      if (known) return known
      const made = watch ? traceWatch(watch, table, learningRate) : traceSaver(saver as Policy<never>, table)
      traces[id] = made
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
  { table, trace, steady }: Tracer,
): Ending | undefined => {
  const count = table.epochs.length
  let stop = Infinity
  for (const part of parts) stop = Math.min(stop, trace(part).stopsAt)
  const last = Math.min(stop, count - 1)
  let divergedAt: number | null = null
  let [restored, saved] = [-1, -1]
  for (const part of parts) {
    const own = trace(part)
    if (own.failsAt <= last) return undefined
    if (own.divergesAt <= last) divergedAt = own.divergedAt
    if (part.saver) saved = keptBy(own, last)
    else if (own.restoresAtStop && own.stopsAt === stop) restored = keptBy(own, last)
  }
  for (const part of parts) {
    const back = part.watch?.restoresAtEnd ? keptBy(trace(part), last) : -1
    if (back >= 0) restored = back
  }
  const rate = cuts ? undefined : steady()
  if (rate && rate.divergesAt <= last) divergedAt = rate.divergedAt
  const kept = restored >= 0 ? restored : keepsBest ? saved : -1
  return {
    epochsRun: last + 1,
    stoppedEpoch: stop === Infinity ? null : (table.epochs[stop] as number),
    divergedAt,
    keptEpoch: kept >= 0 ? (table.epochs[kept] as number) : null,
  }
}
