import * as v from 'valibot'
import type { Why } from '../../dsl/Command.js'
import { decodeNumber, encodeNumber, type JsonNumber } from '../../dsl/Json.js'
import { read, type Direction } from '../../dsl/Metrics.js'
import { secondsOf } from '../../dsl/Duration.js'
import { OptionError, finite, flag, text, whole } from '../../dsl/Options.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import { fillPath } from '../../operators/internal/locate.js'
import type { Comparison } from '../../operators/internal/progress.js'
import { form, savedWhat, watch, type Form, type SaveVerdict } from '../Dialect.js'
import { answer, refuseToGuess, unknownDirection, type Guess } from './direction.js'
import { counted } from '../../operators/internal/words.js'
import { kerasMode, watching } from './words.js'

/** What differs between the versions of Keras. */
export interface KerasCheckpoint {
  readonly guess: Guess
  readonly compare: (direction: Direction, threshold: number | null) => Comparison
  /** what a best-only checkpoint does in an epoch without the metric */
  readonly withoutMetric: 'error' | 'save' | 'skip'
  /** the direction is looked up at the end of the first epoch, even if it isn't needed, and no comparison works before */
  readonly late: boolean
  /** file names must end in one of these */
  readonly suffixes: { readonly model: ReadonlyArray<string>; readonly weights: ReadonlyArray<string> } | null
  /** the name is made, and may fail, even if nothing is saved */
  readonly namesFirst: boolean
  /** whether `saveFreq` is checked, and may be a time; otherwise it is any whole number, and below 1 means each batch */
  readonly timed: boolean
}

type State = {
  readonly best: JsonNumber | null
  readonly direction: Direction | null
  /** the direction that the model gave when training began */
  readonly told: Direction | null
  /** batches since the last save, and the last one's index: an epoch may have been cut short */
  readonly batches: number
  readonly lastBatch: number
  /** the clock at the last save, or when training began; for saves by the clock */
  readonly savedAt: number | null
}

/** Counts batches as Keras does: several may have passed since the last event, and an epoch may have begun. */
const countBatches = (state: State, batch: number): State => ({
  ...state,
  batches: state.batches + (batch <= state.lastBatch ? batch + 1 : batch - state.lastBatch),
  lastBatch: batch,
})

type Frequency = 'epoch' | number | { readonly seconds: number }

const frequency = (given: unknown): Frequency | undefined => {
  if (given === 'epoch' || (Number.isSafeInteger(given) && (given as number) >= 1)) return given as Frequency
  const seconds = typeof given === 'string' ? secondsOf(given) : undefined
  return seconds === undefined ? undefined : { seconds }
}

/** By epochs, by batches, or by the clock. */
const anyFrequency = v.pipe(
  v.unknown(),
  v.check((x) => frequency(x) !== undefined, "must be 'epoch', a number of batches from 1, or a time: '10 minutes'"),
  v.transform((x) => frequency(x) as Frequency),
)

const countedFrequency = v.union([v.literal('epoch'), whole])

const nothing: SaveVerdict | null = null

/** ModelCheckpoint as Keras has it, in one of its versions. */
export const kerasCheckpoint = (k: KerasCheckpoint): Form<SaveVerdict> => {
  return form(
    {
      ...watching,
      filepath: text,
      saveBestOnly: v.optional(flag, false),
      ...savedWhat,
      mode: kerasMode,
      saveFreq: v.optional(k.timed ? anyFrequency : countedFrequency, 'epoch'),
      initialValueThreshold: v.nullish(finite, null),
    },
    (o) => {
      const endings = k.suffixes?.[o.saveWeightsOnly ? 'weights' : 'model']
      if (endings && !endings.some((ending) => o.filepath.endsWith(ending)))
        throw new OptionError([
          { path: 'modelCheckpoint.filepath', message: `must end in ${endings.join(' or ')}, got ${o.filepath}` },
        ])
      const missing = o.onMissing ?? (k.withoutMetric === 'error' ? 'error' : 'skip')
      // an unneeded direction isn't worth an error here; Keras looks it up all the same
      const guess = (): Direction | null =>
        o.saveBestOnly || k.guess !== refuseToGuess ? k.guess('modelCheckpoint', o.monitor) : 'min'
      const known = o.mode === 'auto' ? guess() : o.mode
      const start = k.compare(known ?? 'min', o.initialValueThreshold).start
      const init: State = {
        best: start === null ? null : encodeNumber(start),
        direction: k.late ? null : known,
        told: null,
        batches: 0,
        lastBatch: -1,
        savedAt: null,
      }
      const every = typeof o.saveFreq === 'object' ? o.saveFreq.seconds : null

      const improves = (state: State, value: number): boolean => {
        if (state.best === null) return k.compare('min', null).nanCanBeBest || !Number.isNaN(value)
        if (state.direction === null) throw new TypeError('no comparison is set before the end of the first epoch')
        return k.compare(state.direction, null).improves(value, decodeNumber(state.best))
      }

      const save = (path: string, note: string, why?: Why): SaveVerdict => ({
        saves: [{ path, note, ...(why && { why }) }],
        removes: [],
      })

      const consider = (state: State, event: TrainingEvent): readonly [SaveVerdict | null, State] => {
        const path = (): string => fillPath(o.filepath, event, k.withoutMetric !== 'error')
        const early = k.namesFirst ? path() : null
        if (!o.saveBestOnly) return [save(early ?? path(), ''), state]
        const observed = read(event, o.monitor, missing)
        if (observed === undefined) return [k.withoutMetric === 'save' ? save(early ?? path(), '') : nothing, state]
        if (!improves(state, observed)) return [nothing, state]
        const best = state.best === null ? null : decodeNumber(state.best)
        const note = `${o.monitor} improved ${best === null ? '' : `from ${best.toFixed(5)} `}to ${observed.toFixed(5)}, `
        return [save(early ?? path(), note, { observed, best }), { ...state, best: encodeNumber(observed) }]
      }

      /** By the clock, at the end of the batch or epoch in which the time is up. Epochs alone have `val_*`. */
      const byTheClock = (
        state: State,
        event: TrainingEvent,
        seconds: number,
      ): readonly [SaveVerdict | null, State] => {
        if (event._tag === 'TrainBegin' || state.savedAt === null) return [nothing, { ...state, savedAt: event.at }]
        if (event.at - state.savedAt < seconds * 1000) return [nothing, state]
        return consider({ ...state, savedAt: event.at }, event)
      }

      const asks = k.late && known === null
      return {
        ...(o.saveBestOnly && missing === 'error' && { metrics: [o.monitor] }),
        events: [
          ...(asks || every !== null ? (['TrainBegin'] as const) : []),
          // what is best is known of epochs only
          ...(o.saveFreq === 'epoch' || (every !== null && o.saveBestOnly) ? [] : (['BatchEnd'] as const)),
          ...(o.saveFreq === 'epoch' || every !== null || k.late ? (['EpochEnd'] as const) : []),
        ],
        ...(every !== null && { timed: true as const }),
        init,
        step: (state: State, event: TrainingEvent): readonly [SaveVerdict | null, State] => {
          if (every !== null) return byTheClock(state, event, every)
          if (event._tag === 'TrainBegin') return [null, { ...state, told: answer(event, o.monitor) }]
          if (event._tag === 'EpochEnd') {
            const direction = state.direction ?? known ?? state.told
            if (direction === null) throw unknownDirection('modelCheckpoint', o.monitor)
            const settled = direction === state.direction ? state : { ...state, direction }
            return o.saveFreq === 'epoch' ? consider(settled, event) : [null, settled]
          }
          const counted = countBatches(state, event.batch ?? 0)
          if (typeof o.saveFreq !== 'number' || counted.batches < o.saveFreq) return [null, counted]
          return consider({ ...counted, batches: 0 }, event)
        },
        inspect: (state: State) => ({ best: state.best === null ? null : decodeNumber(state.best) }),
        ...(o.saveBestOnly && watch(o.monitor, known)),
        needs: ({ best, direction, batches }: State) => {
          const due = typeof o.saveFreq === 'number' ? counted(o.saveFreq - batches, 'more batch') : "an epoch's end"
          if (!o.saveBestOnly) return due
          if (best === null || direction === null) return `${due} with any ${o.monitor}`
          return `${due} with ${o.monitor} ${k.compare(direction, null).beating(decodeNumber(best))}`
        },
      }
    },
  )
}
