import * as v from 'valibot'
import type { Why } from '../dsl/Command.js'
import type { Json } from '../dsl/Json.js'
import { flag, oneOf } from '../dsl/Options.js'
import { read, type Direction, type OnMissing } from '../dsl/Metrics.js'
import type { Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import type { Watch } from '../dsl/Watch.js'

/**
 * What a framework decides at an event, as a pure reducer. The builtins make commands of its verdicts and know no framework
 * by name; a dialect makes verdicts and knows no command.
 */
export interface Judge<in out S, out V> {
  readonly events: ReadonlyArray<Tag>
  /** metrics that the run must report, or the policy fails before training */
  readonly metrics?: ReadonlyArray<string>
  /** JSON-safe: numbers that may not be finite are encoded */
  readonly init: S
  /** null: nothing to be done */
  readonly step: (state: S, event: TrainingEvent) => readonly [V | null, S]
  /** the same in place, on a copy of one's own: for replays by the million */
  readonly draft?: Draft<S, V>
  /** the draft as bare marks, where one metric an epoch is all that it takes in */
  readonly watch?: Watch<S>
  /** `best`, `bestEpoch`, `wait`, `cooldown` … as the framework holds them */
  readonly inspect: (state: S) => Why
}

/** A reducer that changes its state in place. */
export interface Draft<in out S, out V> {
  readonly copy: (state: S) => S
  readonly advance: (own: S, event: TrainingEvent) => V | null
}

/** A judge's step is a copy and then the change in place: one definition of both. */
export const fromDraft = <S, V>(draft: Draft<S, V>): Pick<Judge<S, V>, 'step' | 'draft'> => ({
  draft,
  step: (state, event) => {
    const own = draft.copy(state)
    return [draft.advance(own, event), own]
  },
})

/** What a judge does that takes in one metric at the end of each epoch, and passes over epochs that don't have it. */
export const atEpochEnds = <S, V>(
  monitor: string,
  missing: OnMissing,
  judge: (state: S, value: number, event: TrainingEvent) => readonly [V | null, S],
): Pick<Judge<S, V>, 'events' | 'metrics' | 'step'> => ({
  ...(missing === 'error' && { metrics: [monitor] }),
  events: ['EpochEnd'],
  step: (state, event) => {
    const value = read(event, monitor, missing)
    return value === undefined ? [null, state] : judge(state, value, event)
  },
})

/** A judge whose state is nobody else's business. */
export type Sealed<V> = Judge<Json, V>

/** Early stopping, in one epoch or at the end of training. */
export interface StopVerdict {
  /** the best epoch so far: keep its weights */
  readonly keep: boolean
  /** why training stops here; null: it goes on */
  readonly stop: string | null
  /** epoch whose weights are put back now; null: none */
  readonly restore: number | null
  readonly why: Why
}

/** The learning rate is multiplied by `factor`, but not below `min`. */
export interface CutVerdict {
  readonly factor: number
  readonly min: number
  readonly why: Why
}

/** Files to write and to remove, in that order. */
export interface SaveVerdict {
  readonly saves: ReadonlyArray<{ readonly path: string; readonly note: string; readonly why?: Why }>
  readonly removes: ReadonlyArray<string>
}

/** One framework's form of a builtin: the options it takes, with its defaults, and the judge they make. */
export interface Form<out V> {
  readonly entries: v.ObjectEntries
  readonly make: (options: never) => Sealed<V>
}

/** Joins options and judge; `S` is known inside the judge only. */
export const form = <E extends v.ObjectEntries, S extends Json, V>(
  entries: E,
  make: (options: v.InferOutput<v.ObjectSchema<E, undefined>>) => Judge<S, V>,
): Form<V> => ({ entries, make: make as unknown as Form<V>['make'] })

/** A framework's rules; a builtin that is absent doesn't exist there. */
export interface Dialect {
  readonly name: string
  /** whether the framework keeps learning rates as float32 rather than doubles */
  readonly float32: boolean
  readonly earlyStopping?: Form<StopVerdict>
  readonly reduceLROnPlateau?: Form<CutVerdict>
  readonly modelCheckpoint?: Form<SaveVerdict>
}

/** The worst value there is: what a first value is compared with where there is no other. */
export const worst = (direction: Direction): number => (direction === 'min' ? Infinity : -Infinity)

/** A learning rate as the framework keeps it. */
export const storeLR = (dialect: Pick<Dialect, 'float32'>, lr: number): number =>
  dialect.float32 ? Math.fround(lr) : lr

/** What every checkpoint asks: Keras' flag, and ours, which says more. */
export const savedWhat = {
  saveWeightsOnly: v.optional(flag, false),
  what: v.optional(oneOf('model', 'weights', 'checkpoint')),
}
