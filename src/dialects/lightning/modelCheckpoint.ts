import * as v from 'valibot'
import { decodeNumber, encodeNumber, type JsonNumber } from '../../dsl/Json.js'
import { duration } from '../../dsl/Duration.js'
import { OptionError, count, flag, oneOf, text, whole } from '../../dsl/Options.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import { form, savedWhat, worst, watch, type SaveVerdict } from '../Dialect.js'
import { checkpointName } from './name.js'
import { beating } from '../../operators/internal/words.js'
import { complain, see, validated } from './seen.js'

/** A kept checkpoint and its metric; NaN is kept as the worst value there is. */
type Kept = { readonly path: string; readonly score: JsonNumber; readonly epoch: number }

type State = {
  /** every metric as it was last logged: names may hold any */
  readonly metrics: Readonly<Record<string, JsonNumber>>
  /** whether a validation has run */
  readonly validated: boolean
  /** the best k, in the order in which they were saved */
  readonly kept: ReadonlyArray<Kept>
  readonly best: Kept | null
  /** the newest file where no metric is watched */
  readonly newest: { readonly path: string; readonly epoch: number } | null
  readonly last: string | null
  /** every file that is there */
  readonly files: ReadonlyArray<string>
  /** optimizer step of the newest save */
  readonly savedAt: number
  /** the newest file, for a link to it */
  readonly written: string | null
  /** the clock at the last save by the clock, or when training began */
  readonly checkedAt: number | null
  /** a save by batches that waits for the metric, which comes with the epoch's end */
  readonly deferred: boolean
}

type Options = {
  readonly filepath: string
  readonly monitor: string | null
  readonly mode: 'min' | 'max'
  readonly saveTopK: number
  readonly saveLast: boolean | 'link'
  readonly autoInsertMetricName: boolean
  readonly enableVersionCounter: boolean
}

const begin: State = {
  metrics: {},
  validated: false,
  kept: [],
  best: null,
  newest: null,
  last: null,
  files: [],
  savedAt: 0,
  written: null,
  checkedAt: null,
  deferred: false,
}

/** The first of those that no other beats, as Python's min and max choose. */
const extreme = (kept: ReadonlyArray<Kept>, beats: (a: number, b: number) => boolean): Kept | null =>
  kept.reduce<Kept | null>(
    (found, one) => (found === null || beats(decodeNumber(one.score), decodeNumber(found.score)) ? one : found),
    null,
  )

/** The writes and removals of one event, on the way. */
interface Work {
  readonly state: State
  readonly saves: SaveVerdict['saves']
  readonly removes: ReadonlyArray<string>
}

/** Writes a file, and removes the one that it takes the place of, unless they are the same. */
const write = (work: Work, path: string, instead: string | null, step: number, sameAs?: string): Work => {
  const there = work.state.files.includes(path) ? work.state.files : [...work.state.files, path]
  const removes = instead !== null && instead !== path ? [instead] : []
  return {
    state: {
      ...work.state,
      files: there.filter((file) => !removes.includes(file)),
      // a link is no file to link to
      ...(sameAs === undefined && { savedAt: step, written: path }),
    },
    saves: [...work.saves, { path, note: '', ...(sameAs !== undefined && { sameAs }) }],
    removes: [...work.removes, ...removes],
  }
}

const machine = (o: Options) => {
  const beats = (a: number, b: number): boolean => (o.mode === 'min' ? a < b : a > b)
  const directory = o.filepath.slice(0, o.filepath.lastIndexOf('/') + 1)

  /** A name that no file has, or that of the file which goes. */
  const nameFor = (template: string, state: State, fields: Readonly<Record<string, number>>, goes: string | null) => {
    const named = (version: number | null) => checkpointName(template, fields, o.autoInsertMetricName, version)
    let name = named(null)
    for (let version = 1; o.enableVersionCounter && state.files.includes(name) && name !== goes; version += 1)
      name = named(version)
    return name
  }

  const fieldsOf = (state: State, event: TrainingEvent): Readonly<Record<string, number>> => ({
    ...Object.fromEntries(Object.entries(state.metrics).map(([name, value]) => [name, decodeNumber(value)])),
    epoch: event.epoch,
    step: event.step,
  })

  /** Saves if the metric is among the best k; k grows with what is kept where all are. */
  const saveTop = (work: Work, event: TrainingEvent, value: number): Work => {
    const { kept } = work.state
    const full = o.saveTopK !== -1 && kept.length >= o.saveTopK
    const goes = full ? extreme(kept, (a, b) => beats(b, a)) : null
    if (goes !== null && !beats(value, decodeNumber(goes.score))) return work
    const score = encodeNumber(Number.isNaN(value) ? worst(o.mode) : value)
    const path = nameFor(o.filepath, work.state, fieldsOf(work.state, event), goes?.path ?? null)
    const one: Kept = { path, score, epoch: event.epoch }
    const others = kept.filter((other) => other !== goes)
    // a file of the same name (there is no version counter) keeps its place
    const after = others.some((other) => other.path === path)
      ? others.map((other) => (other.path === path ? one : other))
      : [...others, one]
    const state: State = { ...work.state, kept: after, best: extreme(after, beats) }
    return write({ ...work, state }, path, goes?.path ?? null, event.step)
  }

  const saveNewest = (work: Work, event: TrainingEvent): Work => {
    const before = work.state.newest?.path ?? null
    const path = nameFor(o.filepath, work.state, fieldsOf(work.state, event), before)
    const state: State = { ...work.state, newest: { path, epoch: event.epoch } }
    return write({ ...work, state }, path, o.saveTopK === 1 ? before : null, event.step)
  }

  const saveLast = (work: Work, event: TrainingEvent): Work => {
    const { last } = work.state
    const path = nameFor(`${directory}last`, work.state, fieldsOf(work.state, event), last)
    const { written } = work.state
    const sameAs = o.saveLast === 'link' && o.saveTopK !== 0 && written !== null ? written : undefined
    return write({ ...work, state: { ...work.state, last: path } }, path, last, event.step, sameAs)
  }
  return { saveTop, saveNewest, saveLast }
}

const remember = (state: State, event: TrainingEvent): State['metrics'] => ({
  ...state.metrics,
  ...Object.fromEntries(Object.entries(event.logs).map(([name, value]) => [name, encodeNumber(Math.fround(value))])),
})

const verdict = (before: State, work: Work): readonly [SaveVerdict | null, State] =>
  work.saves.length === 0
    ? [null, work.state === before ? before : work.state]
    : [{ saves: work.saves, removes: work.removes }, work.state]

/**
 * Lightning's ModelCheckpoint at epochs: the best `saveTopK` by a metric, or the newest where none is watched. Files are
 * counted as they were written here; what else lies in the folder isn't known.
 */
export const lightningCheckpoint = form(
  {
    filepath: v.optional(text, '{epoch}-{step}'),
    monitor: v.nullish(text, null),
    mode: v.optional(oneOf('min', 'max'), 'min'),
    saveTopK: v.optional(whole, 1),
    saveLast: v.nullish(v.union([flag, v.literal('link')]), false),
    ...savedWhat,
    everyNEpochs: v.nullish(count, null),
    everyNTrainSteps: v.nullish(count, null),
    trainTimeInterval: v.optional(v.union([v.null(), duration]), null),
    autoInsertMetricName: v.optional(flag, true),
    saveOnTrainEpochEnd: v.nullish(flag, null),
    enableVersionCounter: v.optional(flag, true),
  },
  (o) => {
    const wrong = (option: string, message: string): never => {
      throw new OptionError([{ path: `modelCheckpoint.${option}`, message }])
    }
    if (o.saveTopK < -1) wrong('saveTopK', `must be -1 or more, got ${o.saveTopK}`)
    if (o.monitor === null && o.saveTopK > 1)
      wrong('saveTopK', `${o.saveTopK} of the best need a metric to go by: name a monitor`)
    const [everySteps, interval] = [o.everyNTrainSteps ?? 0, o.trainTimeInterval]
    const unsaid = o.everyNEpochs === null && o.everyNTrainSteps === null && interval === null
    const every = unsaid ? 1 : (o.everyNEpochs ?? 0)
    const asked = { everyNEpochs: every > 0, everyNTrainSteps: everySteps > 0, trainTimeInterval: interval !== null }
    const [first, second] = Object.entries(asked).flatMap(([name, given]) => (given ? [name] : []))
    if (first !== undefined && second !== undefined) wrong(second, `is there beside ${first}: give one of them`)
    const { saveTop, saveNewest, saveLast } = machine(o)

    const saveBest = (work: Work, event: TrainingEvent, monitor: string): Work => {
      const held = work.state.metrics[monitor]
      if (held !== undefined) return saveTop(work, event, decodeNumber(held))
      return work.state.validated ? complain(event, monitor) : work
    }

    const atEpochEnd = (before: State, event: TrainingEvent): readonly [SaveVerdict | null, State] => {
      // without a monitor any metric of the epoch stands for its validation
      const asked = o.monitor ?? Object.keys(event.logs)[0] ?? 'val_loss'
      const state: State = {
        ...before,
        metrics: remember(before, event),
        validated: before.validated || validated(event, asked),
      }
      const seen = see(event, asked, null, o.saveOnTrainEpochEnd === true)
      const taken = event.step > 0 && state.savedAt === event.step
      if (seen._tag === 'unasked' || taken) return [null, state]
      const due = state.deferred || (every >= 1 && (event.epoch + 1) % every === 0)
      return verdict(before, saveIf(due, { ...state, deferred: false }, event))
    }

    /** The best or the newest, and with it the last. */
    const saveIf = (due: boolean, state: State, event: TrainingEvent): Work => {
      const start: Work = { state, saves: [], removes: [] }
      if (!due || o.saveTopK === 0) return start
      const saved = o.monitor === null ? saveNewest(start, event) : saveBest(start, event, o.monitor)
      return o.saveLast && saved.saves.length > 0 ? saveLast(saved, event) : saved
    }

    const atBatchEnd = (before: State, event: TrainingEvent): readonly [SaveVerdict | null, State] => {
      const checkedAt = before.checkedAt ?? event.at
      const timeUp = interval !== null && event.at - checkedAt >= interval * 1000
      const due = timeUp || (everySteps > 0 && event.step % everySteps === 0)
      if (!due) return [null, checkedAt === before.checkedAt || interval === null ? before : { ...before, checkedAt }]
      const state: State = {
        ...before,
        metrics: remember(before, event),
        checkedAt: interval === null ? null : timeUp ? event.at : checkedAt,
      }
      // what only validation measures is judged when it has been measured
      if (o.monitor !== null && state.metrics[o.monitor] === undefined) return [null, { ...state, deferred: true }]
      return verdict(before, saveIf(true, state, event))
    }

    return {
      ...(o.monitor !== null && o.saveTopK !== 0 && { metrics: [o.monitor] }),
      events: [
        ...(interval === null ? [] : (['TrainBegin'] as const)),
        ...(interval === null && everySteps === 0 ? [] : (['BatchEnd'] as const)),
        'EpochEnd',
        ...(o.saveLast ? (['TrainEnd'] as const) : []),
      ],
      ...(interval !== null && { timed: true as const }),
      init: begin,
      step: (state: State, event: TrainingEvent): readonly [SaveVerdict | null, State] => {
        if (event._tag === 'TrainBegin') return [null, { ...state, checkedAt: event.at }]
        if (event._tag === 'BatchEnd') return atBatchEnd(state, event)
        if (event._tag === 'EpochEnd') return atEpochEnd(state, event)
        if (state.files.length > 0) return [null, state]
        return verdict(state, saveLast({ state, saves: [], removes: [] }, event))
      },
      ...(o.monitor !== null && o.saveTopK > 0 && watch(o.monitor, o.mode)),
      inspect: ({ best, newest, kept, last }: State) => ({
        best: best === null ? null : decodeNumber(best.score),
        bestEpoch: best?.epoch ?? newest?.epoch ?? null,
        bestFile: best?.path ?? newest?.path ?? null,
        kept: kept.length,
        last,
      }),
      needs: ({ kept }: State) => {
        if (o.saveTopK === 0 || every === 0) return 'nothing: it saves no epoch'
        const due = every === 1 ? "an epoch's end" : `the end of every ${every} epochs`
        const beats = (a: number, b: number): boolean => (o.mode === 'min' ? a > b : a < b)
        const weakest = o.monitor === null || kept.length < o.saveTopK ? null : extreme(kept, beats)
        return o.monitor === null || weakest === null || o.saveTopK === -1
          ? due
          : `${due} with ${o.monitor} ${beating(o.mode, 0)(decodeNumber(weakest.score))}`
      },
    }
  },
)
