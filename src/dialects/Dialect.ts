import * as v from 'valibot'
import type { Why } from '../dsl/Command.js'
import type { Json } from '../dsl/Json.js'
import { flag, oneOf } from '../dsl/Options.js'
import { read, type Direction, type OnMissing } from '../dsl/Metrics.js'
import type { Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import type { Marker } from '../dsl/Marker.js'

/**
 * What a framework decides at an event, as a pure reducer. The builtins make commands of its verdicts and know no framework
 * by name; a dialect makes verdicts and knows no command.
 */
export interface Judge<in out S, out V> {
  readonly events: ReadonlyArray<Tag>
  /** metrics that the run must report, or the policy fails before training */
  readonly metrics?: ReadonlyArray<string>
  /** it goes by the events' clock */
  readonly timed?: true
  /** JSON-safe: numbers that may not be finite are encoded */
  readonly init: S
  /** null: nothing to be done */
  readonly step: (state: S, event: TrainingEvent) => readonly [V | null, S]
  /** the same in place, on a copy of one's own: for replays by the million */
  readonly draft?: Draft<S, V>
  /** the draft as bare marks, where one metric an epoch is all that it takes in */
  readonly marker?: Marker<S>
  /** what it waits for, where that is a metric's progress */
  readonly watch?: Watch
  /** `best`, `bestEpoch`, `wait`, `cooldown` … as the framework holds them */
  readonly inspect: (state: S) => Why
  /** what it waits for, in words */
  readonly needs?: (state: S) => string
}

/** What a judge waits for, as far as it is known before training: for those who look at several callbacks together. */
export interface Watch {
  readonly metric: string
  /** whether the metric should fall or rise; null: only the model knows */
  readonly direction: Direction | null
  /** values in a row without improvement at which it acts; null: it doesn't act on a plateau */
  readonly wait: number | null
  /** how much better is better: a difference, or a fraction of the best */
  readonly delta: { readonly kind: 'difference' | 'fraction'; readonly value: number }
  /** first 0-based epoch that it looks at */
  readonly from: number
  /** whether it may also act while it waits: at a value that isn't finite, or beyond a threshold */
  readonly impatient: boolean
}

/** What a judge waits for, with what most have in common. */
export const watch = (
  metric: string,
  direction: Direction | null,
  more: Partial<Watch> = {},
): { readonly watch: Watch } => ({
  watch: {
    metric,
    direction,
    wait: null,
    delta: { kind: 'difference', value: 0 },
    from: 0,
    impatient: false,
    ...more,
  },
})

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
  /** epoch whose weights would be put back, had they not been kept by a fit that this one goes on from */
  readonly lost?: number
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
  readonly saves: ReadonlyArray<{
    readonly path: string
    readonly note: string
    readonly why?: Why
    /** where the same model was just saved: a link to it will do */
    readonly sameAs?: string
  }>
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
