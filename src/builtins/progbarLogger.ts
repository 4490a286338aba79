import * as E from 'fp-ts/lib/Either.js'
import { none, type Command } from '../dsl/Command.js'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import * as Machine from '../dsl/Machine.js'
import { atLeast, flag, oneOf, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { formatPython } from '../dsl/PythonFormat.js'
import type { Logs, Params, Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import { batchSizeOf } from './internal/batchSize.js'
import * as v from 'valibot'

export interface ProgbarLoggerOptions {
  /** 1 (default) or 'auto': a bar that moves with the batches; 2: one line an epoch; 0: nothing */
  readonly verbose?: 'auto' | 0 | 1 | 2
  /** what is counted: batches (default) or samples */
  readonly countMode?: 'steps' | 'samples'
  /** where given, metrics that are shown as they are, while the bar averages all others. Default: all are shown as they are */
  readonly statefulMetrics?: ReadonlyArray<string>
  /** cells of the bar. Default 20 */
  readonly width?: number
  /** least seconds between two moves, so that drawing costs nothing. Default 0.05 */
  readonly interval?: number
  /** Keras' colours, as terminal codes. Default false: cells not yet filled are drawn thin instead */
  readonly color?: boolean
}

const schema = v.strictObject({
  verbose: v.optional(v.picklist(['auto', 0, 1, 2]), 'auto'),
  countMode: v.optional(oneOf('steps', 'samples'), 'steps'),
  statefulMetrics: v.optional(v.pipe(v.array(text), v.readonly())),
  width: v.optional(positive, 20),
  interval: v.optional(atLeast(0), 0.05),
  color: v.optional(flag, false),
})

/** A metric as the bar holds it: its mean is sum / weight. */
type Held = readonly [metric: string, sum: JsonNumber, weight: number]

type State = {
  /** whether a fit is under way: what is evaluated in it shows no bar */
  readonly fitting: boolean
  readonly epochs: number
  readonly samples: number | null
  readonly batchSize: number | null
  /** units an epoch of this fit has; where the run doesn't say, known from its first epoch on */
  readonly units: number | null
  /** units until this bar is full */
  readonly target: number | null
  readonly seen: number
  /** step at which this bar began */
  readonly from: number
  readonly began: number
  /** end of the first unit, which tells little about the others */
  readonly first: number | null
  readonly drawn: number | null
  readonly values: ReadonlyArray<Held>
}

const initial: State = {
  fitting: false,
  epochs: 1,
  samples: null,
  batchSize: null,
  units: null,
  target: null,
  seen: 0,
  from: 0,
  began: 0,
  first: null,
  drawn: null,
  values: [],
}

const by = 'progbarLogger'

/** A number by Python's rules, as Keras prints it. */
const python = (format: string, x: number): string => {
  const shown = formatPython(`{x:${format}}`, { x })
  return E.isRight(shown) ? shown.right : String(x)
}

const two = (n: number): string => String(n).padStart(2, '0')

const timeLeft = (seconds: number): string => {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (seconds > 3600) return `${hours}:${two(minutes)}:${two(Math.floor(seconds % 60))}`
  return seconds > 60 ? `${Math.floor(seconds / 60)}:${two(Math.floor(seconds % 60))}` : `${Math.trunc(seconds)}s`
}

const timePerUnit = (seconds: number, unit: string): string => {
  if (seconds >= 1 || seconds === 0) return `${python('.0f', seconds)}s/${unit}`
  return seconds >= 1e-3 ? `${python('.0f', seconds * 1e3)}ms/${unit}` : `${python('.0f', seconds * 1e6)}us/${unit}`
}

const metricsOf = (values: ReadonlyArray<Held>, isLarge: (mean: number) => boolean): string =>
  values
    .map(([name, sum, weight]) => {
      const mean = decodeNumber(sum) / weight
      return ` - ${name}: ${python(isLarge(mean) ? '.4f' : '.4e', mean)}`
    })
    .join('')

/** Counter, as wide as the target's digits. */
const counter = (current: number, target: number): string =>
  `${String(current).padStart(String(target).length)}/${target}`

/**
 * Keras' progress bar: batches (or samples) done, time left, time a step, metrics; at an epoch's end the time it took. The lines
 * are those of Keras 3, number for number. It is a pure function of the events, their clock included; the interpreter draws
 * the line over itself on a terminal, and prints the last one of each epoch elsewhere. Evaluation and prediction on their own
 * have a bar too; validation in a fit is silent.
 * @category builtins
 * @see https://keras.io/api/callbacks/
 * @example
 * import { progbarLogger } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const drawn = commands(progbarLogger({ verbose: 2 }), [{ loss: 0.5, batches: [{ loss: 0.75 }, { loss: 0.25 }] }])
 * drawn.map((c) => c._tag === 'Progress' && c.line) // => ['2/2 - 0s - 0s/step - loss: 0.5000']
 */
export const progbarLogger = (options: ProgbarLoggerOptions = {}): Policy<never> => {
  const { verbose: asked, countMode, statefulMetrics, width, interval, color } = parse(by, schema, options)
  const verbose = asked === 'auto' ? 1 : asked
  const unit = countMode === 'steps' ? 'step' : 'sample'
  const asIs = statefulMetrics && new Set(statefulMetrics)

  const paint = (codes: string, content: string): string => (color ? `\x1b[${codes}m${content}\x1b[0m` : content)
  const bar = (current: number, target: number): string => {
    // an epoch may have more batches than the one before
    const filled = Math.min(width, Math.trunc(width * (current / target)))
    const full = filled > 0 ? paint('32', '━'.repeat(filled)) : ''
    return `${paint('1', counter(current, target))} ${full}${paint('37', (color ? '━' : '─').repeat(width - filled))}`
  }
  const print = (line: string, done: boolean): ReadonlyArray<Command> => [{ _tag: 'Progress', line, done, by }]

  /** Takes the logs in; at the end of an epoch they are what they are. */
  const hold = (state: State, logs: Logs, current: number, final: boolean): ReadonlyArray<Held> => {
    const held = new Map(state.values.map((one) => [one[0], one]))
    for (const [name, value] of Object.entries(logs)) {
      if (name === 'batch' || name === 'size') continue
      const before = held.get(name)
      if (final || !asIs || asIs.has(name)) held.set(name, [name, encodeNumber(value), 1])
      else {
        const weight = Math.max(current - state.seen, 1)
        const sum = decodeNumber(before?.[1] ?? 0) + value * weight
        held.set(name, [name, encodeNumber(sum), (before?.[2] ?? 0) + weight])
      }
    }
    return [...held.values()]
  }

  const lineOf = (state: State, now: number, perUnit: number, final: boolean): string => {
    const { seen, target, values } = state
    const elapsed = `${python('.0f', (now - state.began) / 1000)}s`
    const pace = timePerUnit(perUnit, unit)
    const known = target !== null && target > 0
    if (verbose === 2)
      return `${counter(seen, target ?? 0)} - ${elapsed} - ${pace}${metricsOf(values, (x) => x > 1e-3)}`
    const time = known && !final ? timeLeft(perUnit * Math.max(0, target - seen)) : elapsed
    const progress = known ? bar(seen, target) : `${String(seen).padStart(7)}/Unknown`
    return `${progress} ${paint('1', time)} ${pace}${metricsOf(values, (x) => Math.abs(x) > 1e-3)}`
  }

  const update = (
    state: State,
    { _tag, at, logs: given }: TrainingEvent<never>,
    current: number,
    final: boolean,
  ): readonly [ReadonlyArray<Command>, State] => {
    if (verbose === 2 && !final) return [none, { ...state, seen: current }]
    // predictions are no metrics
    const logs = _tag === 'PredictBatchEnd' ? {} : given
    const values = hold(state, logs, current, final)
    const seconds =
      state.first !== null && current > 1 ? (at - state.first) / (current - 1) : (at - state.began) / (current || 1)
    const perUnit = current === 0 ? 0 : Math.max(0, seconds) / 1000
    const next: State = { ...state, seen: current, values, first: current === 1 ? at : state.first }
    const due = final || state.drawn === null || at - state.drawn >= interval * 1000
    // as in Keras: an epoch without a batch has no line of its own
    if (!due || (verbose === 2 && (next.target ?? 0) <= 0)) return [none, next]
    return [print(lineOf(next, at, perUnit, final), final), { ...next, drawn: at }]
  }

  const open = (state: State, { at, step }: TrainingEvent<never>, target: number | null): State => ({
    ...state,
    ...{ target, seen: 0, from: step, began: at, first: null, drawn: null, values: [] },
  })

  const unitsIn = (params: Params | undefined): number | null =>
    (countMode === 'steps' ? params?.steps : params?.samples) ?? null

  const sizesIn = (params: Params | undefined): Pick<State, 'samples' | 'batchSize'> => ({
    samples: params?.samples ?? null,
    batchSize: params?.batchSize ?? null,
  })

  /** Units done after this batch. */
  const count = (state: State, event: TrainingEvent<never>): number => {
    if (countMode === 'steps') return (event.batch ?? 0) + 1
    return state.seen + batchSizeOf(state, event)
  }

  const close = (state: State, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
    // without ears for batches they are counted here
    const done = countMode === 'steps' && event._tag === 'EpochEnd' ? event.step - state.from : state.seen
    const target = state.target ?? done
    const closed = { ...state, target, ...(state.fitting && { units: target }) }
    return update(closed, event, target, true)
  }

  const step = (state: State, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
    switch (event._tag) {
      case 'TrainBegin': {
        const { epochs, samples, batchSize } = event.params
        return [none, { ...state, fitting: true, epochs, samples, batchSize, units: unitsIn(event.params) }]
      }
      case 'TrainEnd':
        return [none, { ...state, fitting: false }]
      case 'EpochBegin': {
        const opened = open(state, event, state.units)
        return [state.epochs > 1 ? print(`Epoch ${event.epoch + 1}/${state.epochs}`, true) : none, opened]
      }
      case 'TestBegin':
      case 'PredictBegin':
        if (state.fitting) return [none, state]
        return [none, open({ ...state, ...sizesIn(event.params) }, event, unitsIn(event.params))]
      case 'BatchEnd':
        return update(state, event, count(state, event), false)
      case 'TestBatchEnd':
      case 'PredictBatchEnd':
        return state.fitting ? [none, state] : update(state, event, count(state, event), false)
      case 'EpochEnd':
        return close(state, event)
      case 'TestEnd':
      case 'PredictEnd':
        return state.fitting ? [none, state] : close(state, event)
      default:
        return [none, state]
    }
  }

  const alone: ReadonlyArray<Tag> = [
    'TestBegin',
    'TestBatchEnd',
    'TestEnd',
    'PredictBegin',
    'PredictBatchEnd',
    'PredictEnd',
  ]
  const batches: ReadonlyArray<Tag> = verbose === 1 || countMode === 'samples' ? ['BatchEnd'] : []
  const events: ReadonlyArray<Tag> =
    verbose === 0 ? [] : ['TrainBegin', 'EpochBegin', ...batches, 'EpochEnd', 'TrainEnd', ...alone]
  return make<never>(Machine.make({ kind: by, options: { ...options }, events, ignoresRate: true }, initial, step))
}
