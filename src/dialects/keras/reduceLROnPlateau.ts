import * as v from 'valibot'
import { read, type Direction } from '../../dsl/Metrics.js'
import { atLeast, count, finite, lessThan } from '../../dsl/Options.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'
import {
  advance,
  begin,
  reasons,
  view,
  type Comparison,
  type Progress,
  type Rule,
} from '../../operators/internal/progress.js'
import { form, storeLR, type CutVerdict, type Form } from '../Dialect.js'
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

type State = Progress & { readonly direction: Direction | null }

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
      const floor = storeLR(k, o.minLr)
      const init: State = { ...begin(rule(known ?? 'min')), direction: known }
      return {
        ...(missing === 'error' && !itself && { metrics: [o.monitor] }),
        events: known === null ? ['TrainBegin', 'EpochEnd'] : ['EpochEnd'],
        init,
        step: (state: State, event: TrainingEvent): readonly [CutVerdict | null, State] => {
          if (event._tag === 'TrainBegin') return [null, { ...state, direction: answer(event, o.monitor) }]
          if (state.direction === null) throw unknownDirection('reduceLROnPlateau', o.monitor)
          const rate = storeLR(k, event.lr)
          const value = itself ? rate : read(event, o.monitor, missing)
          if (value === undefined) return [null, state]
          const r = rule(state.direction)
          const next: State = { ...state, ...advance(r, state, value, event.epoch, rate > floor) }
          // a factor below 0 would give a rate below the floor, which holds
          const cut = { factor: Math.max(o.factor, 0), min: o.minLr, why: reasons(r, next, value) }
          return [next.is === 'plateau' ? cut : null, next]
        },
        inspect: (state: State) => ({ ...view(state), patience: o.patience }),
      }
    },
  )
