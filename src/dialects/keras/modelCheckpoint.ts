import * as v from 'valibot'
import type { Why } from '../../dsl/Command.js'
import { decodeNumber, encodeNumber, type JsonNumber } from '../../dsl/Json.js'
import { read, type Direction } from '../../dsl/Metrics.js'
import { OptionError, finite, flag, text, whole } from '../../dsl/Options.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import { fillPath } from '../../operators/internal/locate.js'
import type { Comparison } from '../../operators/internal/progress.js'
import { savedWhat, form, type Form, type SaveVerdict } from '../Dialect.js'
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
  /** least number of batches between saves; null: any whole number, and below 1 means each batch */
  readonly leastFreq: number | null
}

type State = {
  readonly best: JsonNumber | null
  readonly direction: Direction | null
  /** the direction that the model gave when training began */
  readonly told: Direction | null
  /** batches since the last save, and the last one's index: an epoch may have been cut short */
  readonly batches: number
  readonly lastBatch: number
}

/** Counts batches as Keras does: several may have passed since the last event, and an epoch may have begun. */
const countBatches = (state: State, batch: number): State => ({
  ...state,
  batches: state.batches + (batch <= state.lastBatch ? batch + 1 : batch - state.lastBatch),
  lastBatch: batch,
})

const nothing: SaveVerdict | null = null

/** ModelCheckpoint as Keras has it, in one of its versions. */
export const kerasCheckpoint = (k: KerasCheckpoint): Form<SaveVerdict> => {
  const freq = k.leastFreq === null ? whole : v.pipe(whole, v.minValue(k.leastFreq, `must be ${k.leastFreq} or more`))
  return form(
    {
      ...watching,
      filepath: text,
      saveBestOnly: v.optional(flag, false),
      ...savedWhat,
      mode: kerasMode,
      saveFreq: v.optional(v.union([v.literal('epoch'), freq]), 'epoch'),
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
      }

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

      const asks = k.late && known === null
      return {
        ...(o.saveBestOnly && missing === 'error' && { metrics: [o.monitor] }),
        events: [
          ...(asks ? (['TrainBegin'] as const) : []),
          ...(o.saveFreq === 'epoch' ? [] : (['BatchEnd'] as const)),
          ...(o.saveFreq === 'epoch' || k.late ? (['EpochEnd'] as const) : []),
        ],
        init,
        step: (state: State, event: TrainingEvent): readonly [SaveVerdict | null, State] => {
          if (event._tag === 'TrainBegin') return [null, { ...state, told: answer(event, o.monitor) }]
          if (event._tag === 'EpochEnd') {
            const direction = state.direction ?? known ?? state.told
            if (direction === null) throw unknownDirection('modelCheckpoint', o.monitor)
            const settled = direction === state.direction ? state : { ...state, direction }
            return o.saveFreq === 'epoch' ? consider(settled, event) : [null, settled]
          }
          const counted = countBatches(state, event.batch ?? 0)
          if (o.saveFreq === 'epoch' || counted.batches < o.saveFreq) return [null, counted]
          return consider({ ...counted, batches: 0 }, event)
        },
        inspect: (state: State) => ({ best: state.best === null ? null : decodeNumber(state.best) }),
        needs: ({ best, direction, batches }: State) => {
          const due = o.saveFreq === 'epoch' ? "an epoch's end" : counted(o.saveFreq - batches, 'more batch')
          if (!o.saveBestOnly) return due
          if (best === null || direction === null) return `${due} with any ${o.monitor}`
          return `${due} with ${o.monitor} ${k.compare(direction, null).beating(decodeNumber(best))}`
        },
      }
    },
  )
}
