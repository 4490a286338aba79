import * as v from 'valibot'
import type { Direction } from '../../dsl/Metrics.js'
import { read } from '../../dsl/Metrics.js'
import { count, finite, flag } from '../../dsl/Options.js'
import { mark } from '../../dsl/Marker.js'
import {
  begin,
  needs,
  observe,
  reasons,
  view,
  type Comparison,
  type ProgressDraft,
  type Rule,
} from '../../operators/internal/progress.js'
import { form, fromDraft, watch, type Form, type StopVerdict } from '../Dialect.js'
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

type Own = ProgressDraft & {
  direction: Direction | null
  /** epoch of the kept weights */
  kept: number | null
  /** whether a fit kept them that this one goes on from: kept weights are in memory only */
  lost: boolean
  restored: boolean
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

/** TensorFlow.js has fewer: weights can't come back, and it begins with the first epoch. */
const { restoreBestWeights: _, startFromEpoch: __, ...fewer } = entries

const copy = ({ best, bestEpoch, wait, cooldown, is, direction, kept, lost, restored }: Own): Own => ({
  best,
  bestEpoch,
  wait,
  cooldown,
  is,
  direction,
  kept,
  lost,
  restored,
})

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
  const rules = { min: rule('min'), max: rule('max') }
  const init: Own = { ...begin(rules[known ?? 'min']), direction: known, kept: null, lost: false, restored: false }

  const putBack = (own: Own): Pick<StopVerdict, 'restore' | 'lost'> => {
    own.restored = true
    return own.lost && own.kept !== null ? { restore: null, lost: own.kept } : { restore: own.kept }
  }

  const take = (own: Own, value: number, epoch: number, r: Rule): number => {
    observe(r, own, value, epoch, true)
    const stops = own.is === 'plateau'
    // the first epoch seen is kept even if it doesn't count as better (NaN), so that there is something to put back
    const keep = o.restoreBestWeights && (own.is === 'improved' || own.kept === null)
    if (keep) {
      own.kept = epoch
      own.lost = false
    }
    const now = stops && k.restores === 'whenStopped' && !own.restored && own.kept !== null
    return (keep ? mark.keep : 0) + (stops ? mark.stop : 0) + (now ? mark.restore : 0)
  }

  const atEpochEnd = (own: Own, epoch: number, value: number, r: Rule): StopVerdict | null => {
    const marks = take(own, value, epoch, r)
    if (marks === 0) return null
    const epochs = `${own.wait} epoch${own.wait === 1 ? '' : 's'}`
    return {
      keep: (marks & mark.keep) !== 0,
      stop: marks & mark.stop ? `${o.monitor} has not improved for ${epochs}` : null,
      ...(marks & mark.restore ? putBack(own) : { restore: null }),
      why: reasons(r, own, value),
    }
  }

  return {
    ...(missing === 'error' && { metrics: [o.monitor] }),
    events: [
      ...(known === null || o.restoreBestWeights ? (['TrainBegin'] as const) : []),
      'EpochEnd' as const,
      ...(o.restoreBestWeights && k.restores === 'always' ? (['TrainEnd'] as const) : []),
    ],
    init,
    ...fromDraft<Own, StopVerdict>({
      copy,
      advance: (own, event) => {
        if (event._tag === 'TrainBegin') {
          if (known === null) own.direction = answer(event, o.monitor)
          own.lost = own.kept !== null
          own.restored = false
          return null
        }
        if (event._tag === 'TrainEnd') {
          if (own.kept === null || own.restored) return null
          return { keep: false, stop: null, ...putBack(own), why: {} }
        }
        if (own.direction === null) throw unknownDirection('earlyStopping', o.monitor)
        const value = event.epoch < o.startFromEpoch ? undefined : read(event, o.monitor, missing)
        return value === undefined ? null : atEpochEnd(own, event.epoch, value, rules[own.direction])
      },
    }),
    ...(known !== null && {
      marker: {
        metric: o.monitor,
        onMissing: missing,
        from: o.startFromEpoch,
        restoresAtEnd: o.restoreBestWeights && k.restores === 'always',
        begin: () => copy(init),
        take: (own: Own, value: number, epoch: number) => take(own, value, epoch, rules[known]),
      },
    }),
    inspect: (state: Own) => ({ ...view(state), patience: o.patience }),
    ...watch(o.monitor, known, {
      wait: Math.max(1, o.patience),
      delta: { kind: 'difference', value: Math.abs(o.minDelta) },
      from: o.startFromEpoch,
    }),
    needs: (state: Own) =>
      state.direction === null
        ? "the model's answer which way the metric goes"
        : needs(o.monitor, rules[state.direction], state),
  }
}

/** EarlyStopping as Keras has it, in one of its versions. */
export const kerasEarlyStopping = (k: KerasStopping): Form<StopVerdict> =>
  k.restores === 'never'
    ? form(fewer, (o) => make(k, { ...o, restoreBestWeights: false, startFromEpoch: 0 }))
    : form(entries, (o) => make(k, o))
