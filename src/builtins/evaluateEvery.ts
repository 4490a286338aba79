import { none, type Evaluate, type MetricRequest } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { mustBeOptions, oneOf, OptionError, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { scoresOf } from '../metrics/request.js'
import { bringing } from './internal/broughtData.js'
import { dataNames, prefixed, refuseUnnamed, sourcesOf, type NamedData } from './internal/namedData.js'
import * as v from 'valibot'

export interface EvaluateEveryOptions {
  /**
   * what to measure on: the name of data that `fit` is given (`data: { holdout: [x, y] }`), several names, or the data
   * themselves by name, each `[x, y]` or a dataset of `{ xs, ys }`
   */
  readonly data: NamedData
  /** how often, from 1. Default 1 */
  readonly every?: number
  /** of what. Default 'epochs'; after batches the numbers come at once, and are in the logs of the epoch's end too */
  readonly unit?: 'epochs' | 'batches'
  /** besides the loss and the model's own metrics: names of `rxfit/metrics`, or `{ name: options }`. Default none */
  readonly metrics?: ReadonlyArray<MetricRequest>
  /** what the numbers' names begin with; `{name}`, which several data need, is that of the data. Default '{name}_' */
  readonly prefix?: string
  /**
   * a folder: precision-recall curves for TensorBoard are written to `<folder>/<name>`, one for each class; the outputs must be
   * probabilities. Default none
   */
  readonly prCurves?: string
  /** rows at a time, from 1; a dataset has batches of its own. Default 32 */
  readonly batchSize?: number
}

const schema = v.strictObject({
  data: dataNames,
  every: v.optional(positive, 1),
  unit: v.optional(oneOf('epochs', 'batches'), 'epochs'),
  metrics: v.optional(v.array(v.union([v.string(), v.record(v.string(), v.record(v.string(), v.any()))])), []),
  prefix: v.optional(v.string(), '{name}_'),
  prCurves: v.optional(text),
  batchSize: v.optional(positive, 32),
})

const by = 'evaluateEvery'

/** Numbers of two data under one name: the later would overwrite the earlier. */
const refuseCollisions = (prefix: string, names: ReadonlyArray<string>): void => {
  const same = names.filter((name) =>
    names.some((other) => other !== name && prefixed(prefix, other) === prefixed(prefix, name)),
  )
  if (same.length === 0) return
  const list = same.map((name) => `'${name}'`).join(' and ')
  const message = `the numbers of ${list} would have the same names; put {name} into it, as in '{name}_'`
  throw new OptionError([{ path: `${by}.prefix`, message }])
}

/**
 * Measures the model on other data while it trains: a holdout, the training data without dropout, several side by side. The
 * loss and the model's own metrics, and any of `rxfit/metrics`. The numbers stand in the logs of the epoch's end under
 * `holdout_loss`, `holdout_rocAuc` …, so every other policy may monitor them, loggers write them and records keep them. A
 * measure that is undefined (one class only) is NaN. With `prCurves` TensorBoard shows precision-recall curves by epoch: `pr_curve`,
 * of several classes or labels `pr_curve/0` … each against the rest, of several outputs `pr_curve/digit/0`.
 *
 * Data that are given to `fit` by name are looked at before training: that they are there, and have the shapes that the model takes.
 *
 * Predictions are made batch by batch; of them only the numbers are kept. Of models with several outputs each measure is there
 * by the output's name too: `holdout_digit_rocAuc`.
 * @category builtins
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { all, earlyStopping, evaluateEvery } from 'rxfit'
 * import { fit } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], activation: 'sigmoid' })] })
 * model.compile({ loss: 'binaryCrossentropy', optimizer: tf.train.sgd(0) })
 * const [x, y] = [tf.tensor2d([[-1], [1]]), tf.tensor2d([[0], [1]])]
 * const policy = all(
 *   evaluateEvery({ data: 'holdout', metrics: ['rocAuc'] }),
 *   earlyStopping({ monitor: 'holdout_rocAuc', mode: 'max', patience: 2 }),
 * )
 * const { history } = await fit(model, x, y, { epochs: 9, callbacks: policy, data: { holdout: [x, y] } })
 * Object.keys(history) // => ['loss', 'holdout_loss', 'holdout_rocAuc']
 * history.loss?.length // => 3
 */
export const evaluateEvery = (options: EvaluateEveryOptions): Policy<never> => {
  mustBeOptions(by, options)
  refuseUnnamed(by, options)
  const { data, every, unit, metrics, prefix, prCurves, batchSize } = parse(by, schema, options)
  const measured = sourcesOf(by, data)
  refuseCollisions(
    prefix,
    measured.map(({ name }) => name),
  )
  const requests = metrics as ReadonlyArray<MetricRequest>
  const scores = scoresOf(`${by}.metrics`, requests)
  const at = unit === 'epochs' ? 'Evaluating' : 'BatchEnd'
  const commands = measured.map(({ name, ...source }): Evaluate => ({
    ...source,
    _tag: 'Evaluate',
    name,
    prefix: prefixed(prefix, name),
    metrics: requests,
    batchSize,
    by,
  }))
  const written = commands.map(({ prefix: own }) => own)
  const spec = bringing(
    {
      kind: by,
      // data can't be written down: whoever reads this gives them to fit by name
      options: { ...options, data: measured.map(({ name }) => name) },
      provides: written.flatMap((own) => ['loss', ...scores].map((score) => `${own}${score}`)),
      events: [at],
      ignoresRate: true,
    },
    measured,
  )
  return make<never>(
    Machine.fromFunction(spec, (event: TrainingEvent<never>) => {
      const done = event._tag === 'Evaluating' ? event.epoch + 1 : event.step
      if (event._tag !== at || done % every !== 0) return none
      if (prCurves === undefined) return commands
      const step = event._tag === 'Evaluating' ? event.epoch : event.step
      return commands.map((command) => ({
        prCurves: { path: `${prCurves}/${command.name}`, tag: 'pr_curve', step },
        ...command,
      }))
    }),
  )
}
