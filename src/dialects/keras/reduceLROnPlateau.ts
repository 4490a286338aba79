import * as v from 'valibot'
import { read, type Direction } from '../../dsl/Metrics.js'
import { atLeast, count, finite, lessThan } from '../../dsl/Options.js'
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
import { form, fromDraft, storeLR, watch, type CutVerdict, type Form } from '../Dialect.js'
import { answer, unknownDirection, type Guess } from './direction.js'
import { kerasMode, watching } from './words.js'

/** What differs between the versions of Keras. */
export interface KerasPlateau {
  readonly guess: Guess
  readonly compare: (direction: Direction, minDelta: number) => Comparison
  readonly float32: boolean
  readonly toleratesMissing: boolean
  /** name under which the callback itself writes the rate into the logs before it reads them */
  readonly rateName: string | null
}

type Own = ProgressDraft & { direction: Direction | null }

const copy = ({ best, bestEpoch, wait, cooldown, is, direction }: Own): Own => ({
  best,
  bestEpoch,
  wait,
  cooldown,
  is,
  direction,
})

/** ReduceLROnPlateau as Keras has it, in one of its versions. */
export const kerasPlateau = (k: KerasPlateau): Form<CutVerdict> =>
  form(
    {
      ...watching,
      factor: v.optional(lessThan(1), 0.1),
      patience: v.optional(count, 10),
      mode: kerasMode,
      minDelta: v.optional(finite, 1e-4),
      cooldown: v.optional(count, 0),
      minLr: v.optional(atLeast(0), 0),
    },
    (o) => {
      const itself = o.monitor === k.rateName
      const missing = o.onMissing ?? (k.toleratesMissing ? 'skip' : 'error')
      const known = o.mode === 'auto' ? k.guess('reduceLROnPlateau', o.monitor) : o.mode
      const rule = (direction: Direction): Rule => ({
        ...k.compare(direction, o.minDelta),
        patience: o.patience,
        cooldown: o.cooldown,
        baseline: null,
        earliest: 0,
        repeats: true,
      })
      const rules = { min: rule('min'), max: rule('max') }
      const floor = storeLR(k, o.minLr)
      const init: Own = { ...begin(rules[known ?? 'min']), direction: known }
      // a factor below 0 would give a rate below the floor, which holds
      const factor = Math.max(o.factor, 0)
      /** Whether there is a cut. */
      const take = (own: Own, value: number, epoch: number, rate: number, r: Rule): boolean => {
        observe(r, own, value, epoch, rate > floor)
        return own.is === 'plateau'
      }
      return {
        ...(missing === 'error' && !itself && { metrics: [o.monitor] }),
        events: known === null ? ['TrainBegin', 'EpochEnd'] : ['EpochEnd'],
        init,
        ...fromDraft<Own, CutVerdict>({
          copy,
          advance: (own, event) => {
            if (event._tag === 'TrainBegin') {
              own.direction = answer(event, o.monitor)
              return null
            }
            if (own.direction === null) throw unknownDirection('reduceLROnPlateau', o.monitor)
            const rate = storeLR(k, event.lr)
            const value = itself ? rate : read(event, o.monitor, missing)
            if (value === undefined) return null
            const r = rules[own.direction]
            return take(own, value, event.epoch, rate, r) ? { factor, min: o.minLr, why: reasons(r, own, value) } : null
          },
        }),
        ...(known !== null &&
          !itself && {
            marker: {
              metric: o.monitor,
              onMissing: missing,
              from: 0,
              restoresAtEnd: false,
              cut: { factor, min: o.minLr, ...(k.float32 && { float32: true as const }) },
              begin: () => copy(init),
              take: (own: Own, value: number, epoch: number, rate: number) =>
                take(own, value, epoch, storeLR(k, rate), rules[known]) ? mark.cut : 0,
            },
          }),
        inspect: (state: Own) => ({ ...view(state), patience: o.patience }),
        ...(!itself &&
          watch(o.monitor, known, {
            wait: Math.max(1, o.patience),
            delta: { kind: 'difference', value: Math.abs(o.minDelta) },
          })),
        needs: (state: Own) =>
          state.direction === null
            ? "the model's answer which way the metric goes"
            : needs(o.monitor, rules[state.direction], state),
      }
    },
  )
