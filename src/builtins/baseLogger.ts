import { make, type Enricher } from '../dsl/Enricher.js'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import * as Machine from '../dsl/Machine.js'
import { flag, parse, text } from '../dsl/Options.js'
import type { BatchEnd, Logs, TrainingEvent } from '../dsl/TrainingEvent.js'
import { batchSizeOf } from './internal/batchSize.js'
import * as v from 'valibot'

export interface BaseLoggerOptions {
  /** metrics that are no means of samples: their last value is kept. Default none */
  readonly statefulMetrics?: ReadonlyArray<string>
  /** true: the end of each batch carries the means of its epoch so far, as Keras 3's does. Default false: its own values */
  readonly running?: boolean
}

const schema = v.strictObject({
  statefulMetrics: v.optional(v.pipe(v.array(text), v.readonly()), []),
  running: v.optional(flag, false),
})

type Total = readonly [metric: string, sum: JsonNumber]

type State = {
  readonly samples: number | null
  readonly batchSize: number | null
  /** samples of this epoch so far */
  readonly seen: number
  /** sums of value times samples; the value itself of a stateful metric. A list: names may be anything */
  readonly totals: ReadonlyArray<Total>
}

/**
 * Puts the means of an epoch's batches into the logs of its end, in place of what stood there: tf.keras 2's BaseLogger. Each
 * batch counts with its number of samples, so that a smaller last batch counts less; `statefulMetrics` keep their last value.
 * Metrics that no batch reports (`val_*`) stay as they are. Place it before policies with `enrich`.
 * @category builtins
 * @example
 * import { baseLogger, enrich, monitor } from 'rxfit'
 * import { values } from 'rxfit/testing'
 * const row = { loss: 0, batches: [{ loss: 4 }, { loss: 1 }] }
 * values(enrich(baseLogger())(monitor('loss')), [row]) // => [2.5]
 */
export const baseLogger = (options: BaseLoggerOptions = {}): Enricher<never, never> => {
  const { statefulMetrics, running } = parse('baseLogger', schema, options)
  const stateful = new Set(statefulMetrics)

  const add = (state: State, event: BatchEnd): State => {
    const size = batchSizeOf(state, event)
    const before = new Map(state.totals)
    for (const [name, value] of Object.entries(event.logs))
      before.set(name, encodeNumber(stateful.has(name) ? value : decodeNumber(before.get(name) ?? 0) + value * size))
    return { ...state, seen: state.seen + size, totals: [...before] }
  }

  const means = ({ seen, totals }: State): Logs | undefined =>
    totals.length === 0
      ? undefined
      : Object.fromEntries(
          totals.map(([name, sum]) => [name, stateful.has(name) ? decodeNumber(sum) : decodeNumber(sum) / seen]),
        )

  return make<never, never>(
    Machine.make(
      {
        kind: 'baseLogger',
        options: { ...options },
        events: ['TrainBegin', 'EpochBegin', 'BatchEnd', 'EpochEnd'],
        ignoresRate: true,
      },
      { samples: null, batchSize: null, seen: 0, totals: [] },
      (state: State, event: TrainingEvent<never>): readonly [Logs | undefined, State] => {
        switch (event._tag) {
          case 'TrainBegin': {
            const { samples, batchSize } = event.params
            return [undefined, { ...state, samples, batchSize }]
          }
          case 'EpochBegin':
            return [undefined, { ...state, seen: 0, totals: [] }]
          case 'BatchEnd': {
            const next = add(state, event)
            return [running ? means(next) : undefined, next]
          }
          case 'EpochEnd':
            return [means(state), state]
          default:
            return [undefined, state]
        }
      },
    ),
  )
}
