import * as v from 'valibot'
import type { Direction } from '../../dsl/Metrics.js'
import { read } from '../../dsl/Metrics.js'
import { count, finite, flag } from '../../dsl/Options.js'
import {
  advance,
  begin,
  reasons,
  view,
  type Comparison,
  type Progress,
  type Rule,
} from '../../operators/internal/progress.js'
import { form, type Form, type StopVerdict } from '../Dialect.js'
import { answer, unknownDirection, type Guess } from './direction.js'
import { kerasMode, watching } from './words.js'

/** What differs between the versions of Keras, and TensorFlow.js. */
export interface KerasStopping {
  readonly guess: Guess
  readonly compare: (direction: Direction, minDelta: number, baseline: number | null) => Comparison
  /** whether the baseline holds back the waiting's end, rather than standing in for the best value */
  readonly baselineHolds: boolean
  /** first 0-based epoch in which it may stop */
  readonly earliest: number
  /** 'always': at the end of training, whatever ended it; 'whenStopped': at once, and only if it stopped itself */
  readonly restores: 'always' | 'whenStopped' | 'never'
  readonly toleratesMissing: boolean
}

type State = Progress & {
  readonly direction: Direction | null
  /** epoch of the kept weights */
  readonly kept: number | null
  readonly restored: boolean
}

const entries = {
  ...watching,
  minDelta: v.optional(finite, 0),
  patience: v.optional(count, 0),
  mode: kerasMode,
  baseline: v.nullish(finite, null),
  restoreBestWeights: v.optional(flag, false),
  startFromEpoch: v.optional(count, 0),
}

/** Where weights can't come back there is no option for it. */
const { restoreBestWeights: _, ...withoutWeights } = entries

const make = (k: KerasStopping, o: v.InferOutput<v.ObjectSchema<typeof entries, undefined>>) => {
  const missing = o.onMissing ?? (k.toleratesMissing ? 'skip' : 'error')
  const known = o.mode === 'auto' ? k.guess('earlyStopping', o.monitor) : o.mode
  const rule = (direction: Direction): Rule => ({
    ...k.compare(direction, o.minDelta, o.baseline),
    patience: o.patience,
    cooldown: 0,
    baseline: k.baselineHolds ? o.baseline : null,
    earliest: k.earliest,
    repeats: false,
  })
  const init: State = { ...begin(rule(known ?? 'min')), direction: known, kept: null, restored: false }

  const observe = (state: State, epoch: number, value: number, r: Rule): readonly [StopVerdict | null, State] => {
    const next = advance(r, state, value, epoch, true)
    const stops = next.is === 'plateau'
    // the first epoch seen is kept even if it doesn't count as better (NaN), so that there is something to put back
    const keep = o.restoreBestWeights && (next.is === 'improved' || state.kept === null)
    const kept = keep ? epoch : state.kept
    const now = stops && k.restores === 'whenStopped' && !state.restored && kept !== null
    const after: State = { ...state, ...next, kept, restored: state.restored || now }
    if (!keep && !stops) return [null, after]
    const epochs = `${next.wait} epoch${next.wait === 1 ? '' : 's'}`
    const stop = stops ? `${o.monitor} has not improved for ${epochs}` : null
    return [{ keep, stop, restore: now ? kept : null, why: reasons(r, next, value) }, after]
  }

  return {
    ...(missing === 'error' && { metrics: [o.monitor] }),
    events: [
      ...(known === null ? (['TrainBegin'] as const) : []),
      'EpochEnd' as const,
      ...(o.restoreBestWeights && k.restores === 'always' ? (['TrainEnd'] as const) : []),
    ],
    init,
    step: (state: State, event: Parameters<typeof read>[0]): readonly [StopVerdict | null, State] => {
      if (event._tag === 'TrainBegin') return [null, { ...state, direction: answer(event, o.monitor) }]
      if (event._tag === 'TrainEnd') {
        if (state.kept === null || state.restored) return [null, state]
        return [
          { keep: false, stop: null, restore: state.kept, why: {} },
          { ...state, restored: true },
        ]
      }
      if (state.direction === null) throw unknownDirection('earlyStopping', o.monitor)
      const value = event.epoch < o.startFromEpoch ? undefined : read(event, o.monitor, missing)
      return value === undefined ? [null, state] : observe(state, event.epoch, value, rule(state.direction))
    },
    inspect: (state: State) => ({ ...view(state), patience: o.patience }),
  }
}

/** EarlyStopping as Keras has it, in one of its versions. */
export const kerasEarlyStopping = (k: KerasStopping): Form<StopVerdict> =>
  k.restores === 'never'
    ? form(withoutWeights, (o) => make(k, { ...o, restoreBestWeights: false }))
    : form(entries, (o) => make(k, o))
