import { none, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { parse, positive } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { Logs, TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface ProgressOptions {
  /** 1 (default): a bar that moves with the batches; 2: one line an epoch */
  readonly verbose?: 1 | 2
  /** cells of the bar. Default 20 */
  readonly width?: number
}

export const progressSchema = v.strictObject({
  verbose: v.optional(v.picklist([1, 2]), 1),
  width: v.optional(positive, 20),
})

type State = {
  readonly epochs: number | null
  readonly steps: number | null
  /** when this epoch began */
  readonly began: number
  /** when the bar last moved */
  readonly moved: number
}

/** Keras' digits: four decimals, or an exponent where those would all be zeros. */
const show = (value: number): string =>
  Math.abs(value) > 1e-3 || value === 0 ? value.toFixed(4) : value.toExponential(4)

const metrics = (logs: Logs): string =>
  Object.entries(logs)
    .filter(([name]) => name !== 'batch' && name !== 'size')
    .map(([name, value]) => ` - ${name}: ${show(value)}`)
    .join('')

const seconds = (ms: number): string => `${Math.round(ms / 1000)}s`

const bar = (done: number, of: number | null, width: number): string => {
  if (of === null) return `${done}/?`
  const filled = Math.min(width, Math.round((width * done) / Math.max(1, of)))
  return `${String(done).padStart(String(of).length)}/${of} [${'='.repeat(filled)}${'.'.repeat(width - filled)}]`
}

const epochOf = ({ epochs }: State, event: TrainingEvent): string =>
  `Epoch ${event.epoch + 1}${epochs === null ? '' : `/${epochs}`}`

const by = 'progress'

/**
 * A progress bar with the time left and the metrics. It is a pure function of the events (their clock included); the
 * interpreter draws it over itself on a terminal and prints one plain line an epoch elsewhere. It moves at most ten times a
 * second, so that drawing costs nothing.
 * @category builtins
 * @example
 * import { progress } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const drawn = commands(progress({ verbose: 2 }), [{ loss: 0.5 }])
 * drawn.map((c) => c._tag === 'Progress' && c.line) // => ['Epoch 1/1 - 0s - loss: 0.5000']
 */
export const progress = (options: ProgressOptions = {}): Policy<never> => {
  const { verbose, width } = parse('progress', progressSchema, options)
  const line = (text: string, done: boolean): ReadonlyArray<Command> => [{ _tag: 'Progress', line: text, done, by }]
  return make<never>(
    Machine.make(
      {
        kind: 'progress',
        options: { ...options },
        events: ['TrainBegin', 'EpochBegin', ...(verbose === 1 ? (['BatchEnd'] as const) : []), 'EpochEnd'],
      },
      { epochs: null, steps: null, began: 0, moved: 0 },
      (state, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
        switch (event._tag) {
          case 'TrainBegin':
            return [none, { ...state, epochs: event.params.epochs, steps: event.params.steps }]
          case 'EpochBegin':
            return [none, { ...state, began: event.at, moved: event.at }]
          case 'BatchEnd': {
            if (event.at - state.moved < 100) return [none, state]
            const done = (event.batch ?? 0) + 1
            const left =
              state.steps === null ? '' : ` - ETA: ${seconds(((event.at - state.began) / done) * (state.steps - done))}`
            return [
              line(`${epochOf(state, event)} ${bar(done, state.steps, width)}${left}${metrics(event.logs)}`, false),
              { ...state, moved: event.at },
            ]
          }
          default:
            return [
              line(`${epochOf(state, event)} - ${seconds(event.at - state.began)}${metrics(event.logs)}`, true),
              state,
            ]
        }
      },
    ),
  )
}
