import * as v from 'valibot'
import type { MetricRequest } from '../dsl/Command.js'
import { nearest } from '../dsl/nearest.js'
import {
  above,
  check,
  oneOf,
  OptionError,
  positive,
  text,
  within,
  type OptionsSchema,
  type Problem,
} from '../dsl/Options.js'
import { accuracy } from './accuracy.js'
import { allFinite, outcomeOf, type Outcome } from './internal/outcome.js'
import { argMax } from './argMax.js'
import { atThreshold } from './atThreshold.js'
import { averagePrecision } from './averagePrecision.js'
import { expectedCalibrationError } from './expectedCalibrationError.js'
import { f1 } from './f1.js'
import { fBeta } from './fBeta.js'
import type { BinaryMetric } from './internal/averaged.js'
import type { LabelAverage } from './internal/perLabel.js'
import { column, type Numbers, type Rows } from './internal/samples.js'
import { logLoss } from './logLoss.js'
import { multilabel } from './multilabel.js'
import { oneVsRest } from './oneVsRest.js'
import { prAuc } from './prAuc.js'
import { precision } from './precision.js'
import { precisionAtRecall } from './precisionAtRecall.js'
import { recall } from './recall.js'
import { recallAtPrecision } from './recallAtPrecision.js'
import { rocAuc } from './rocAuc.js'

type Average = 'macro' | 'weighted' | 'micro'

/** What all requests may say. */
interface Options {
  readonly as?: string
  readonly average: Average
  readonly threshold: number
  readonly beta: number
  readonly recall: number
  readonly precision: number
  readonly maxFpr?: number
  readonly bins?: number
}

type Measure = (outcome: Outcome, options: Options) => number

const named = { as: v.optional(text) }
const averaging = { ...named, average: v.optional(oneOf('macro', 'weighted', 'micro'), 'macro') }
const deciding = { ...averaging, threshold: v.optional(within(0, 1), 0.5) }

/** Of scores: one curve for two classes, the average of one for each of more. */
const ofScores =
  (metricOf: (options: Options) => BinaryMetric): Measure =>
  (outcome, options) => {
    const metric = metricOf(options)
    const { average } = options
    if (outcome.task === 'binary') return metric(outcome.truth, outcome.scores)
    if (outcome.task === 'multilabel') return multilabel(metric, { average })(outcome.truth, outcome.scores)
    const labels = Array.from({ length: outcome.scores[0]?.length ?? 0 }, (_, i) => i)
    return oneVsRest(metric, { average, labels, probabilities: false })(outcome.truth, outcome.scores)
  }

type OfLabels = (
  truth: Numbers | Rows,
  predicted: Numbers | Rows,
  options: { readonly average: LabelAverage; readonly beta: number },
) => number

/** Of predictions: the highest score, or every score that reaches the threshold. */
const ofPredictions =
  (metric: OfLabels): Measure =>
  (outcome, { average, threshold, beta }) => {
    if (outcome.task === 'binary')
      return metric(outcome.truth, atThreshold(outcome.scores, threshold), { average: 'binary', beta })
    const predicted =
      outcome.task === 'multiclass' ? argMax(outcome.scores) : outcome.scores.map((row) => atThreshold(row, threshold))
    return metric(outcome.truth, predicted, { average, beta })
  }

/** Of probabilities of classes; of several labels the mean over them. */
const ofProbabilities =
  (metric: (truth: Numbers, scores: Numbers | Rows, options: Options) => number): Measure =>
  (outcome, options) => {
    if (outcome.task !== 'multilabel') return metric(outcome.truth, outcome.scores, options)
    const columns = outcome.scores[0]?.length ?? 0
    const each = Array.from({ length: columns }, (_, c) =>
      metric(column(outcome.truth, c), column(outcome.scores, c), options),
    )
    return each.reduce((sum, value) => sum + value, 0) / columns
  }

interface Row {
  readonly schema: OptionsSchema
  readonly measure: Measure
}

/** Everything that can be asked for by name. */
const table: Readonly<Record<string, Row>> = {
  rocAuc: {
    schema: v.strictObject({ ...averaging, maxFpr: v.optional(v.pipe(above(0), v.maxValue(1, 'must be at most 1'))) }),
    measure: ofScores(
      ({ maxFpr }) =>
        (truth, scores, more) =>
          rocAuc(truth, scores, { ...more, ...(maxFpr !== undefined && { maxFpr }) }),
    ),
  },
  prAuc: { schema: v.strictObject(averaging), measure: ofScores(() => prAuc) },
  averagePrecision: { schema: v.strictObject(averaging), measure: ofScores(() => averagePrecision) },
  precisionAtRecall: {
    schema: v.strictObject({ ...averaging, recall: within(0, 1) }),
    measure: ofScores(
      ({ recall: floor }) =>
        (truth, scores, more) =>
          precisionAtRecall(truth, scores, { ...more, recall: floor }).value,
    ),
  },
  recallAtPrecision: {
    schema: v.strictObject({ ...averaging, precision: within(0, 1) }),
    measure: ofScores(
      ({ precision: floor }) =>
        (truth, scores, more) =>
          recallAtPrecision(truth, scores, { ...more, precision: floor }).value,
    ),
  },
  accuracy: {
    schema: v.strictObject({ ...named, threshold: deciding.threshold }),
    measure: ofPredictions((truth, predicted) => accuracy(truth, predicted)),
  },
  precision: {
    schema: v.strictObject(deciding),
    measure: ofPredictions((truth, predicted, { average }) => precision(truth, predicted, { average }) as number),
  },
  recall: {
    schema: v.strictObject(deciding),
    measure: ofPredictions((truth, predicted, { average }) => recall(truth, predicted, { average }) as number),
  },
  f1: {
    schema: v.strictObject(deciding),
    measure: ofPredictions((truth, predicted, { average }) => f1(truth, predicted, { average }) as number),
  },
  fBeta: {
    schema: v.strictObject({ ...deciding, beta: above(0) }),
    measure: ofPredictions(
      (truth, predicted, { average, beta }) => fBeta(truth, predicted, { average, beta }) as number,
    ),
  },
  logLoss: {
    schema: v.strictObject(named),
    measure: ofProbabilities((truth, scores) => {
      const classes = typeof scores[0] === 'object' ? ((scores as Rows)[0]?.length ?? 2) : 2
      return logLoss(truth, scores, { labels: Array.from({ length: classes }, (_, i) => i) })
    }),
  },
  calibrationError: {
    schema: v.strictObject({ ...named, bins: v.optional(positive) }),
    measure: ofProbabilities((truth, scores, { bins }) =>
      expectedCalibrationError(truth, scores, bins === undefined ? {} : { bins }),
    ),
  },
}

interface Score {
  readonly key: string
  readonly measure: (outcome: Outcome) => number
}

const scoreOf = (path: string, request: MetricRequest): Score | ReadonlyArray<Problem> => {
  const entries: ReadonlyArray<readonly [string, unknown]> =
    typeof request === 'string' ? [[request, {}]] : Object.entries(request)
  const [first] = entries
  if (!first || entries.length > 1)
    return [{ path, message: `must have one key, the measure's name, got ${entries.length}` }]
  const [name, given] = first
  const row = Object.hasOwn(table, name) ? table[name] : undefined
  if (!row) {
    const guess = nearest(name, Object.keys(table))
    return [
      {
        path,
        message: `unknown measure '${name}'${guess ? ` (did you mean '${guess}'?)` : ''}; there is ${Object.keys(table).join(', ')}`,
      },
    ]
  }
  const checked = check(`${path}.${name}`, row.schema, given)
  if (!checked.ok) return checked.problems
  const options = checked.options as unknown as Options
  return { key: options.as ?? name, measure: (outcome) => row.measure(outcome, options) }
}

const read = (at: string, requests: ReadonlyArray<MetricRequest>): ReadonlyArray<Score> => {
  const scores: Array<Score> = []
  const problems: Array<Problem> = []
  requests.forEach((request, i) => {
    const read = scoreOf(`${at}[${i}]`, request)
    if (!('key' in read)) problems.push(...read)
    else if (scores.some(({ key }) => key === read.key))
      problems.push({
        path: `${at}[${i}]`,
        message: `'${read.key}' is there twice: give one of them another name by "as"`,
      })
    else scores.push(read)
  })
  if (problems.length > 0) throw new OptionError(problems)
  return scores
}

/** The names under which the results of these requests stand; throws an `OptionError` with everything wrong with them. */
export const scoresOf = (at: string, requests: ReadonlyArray<MetricRequest>): ReadonlyArray<string> =>
  read(at, requests).map(({ key }) => key)

/** Measures them: truth and scores are a row a sample. NaN where a measure is undefined, and where a score isn't finite. */
export const measure = (
  requests: ReadonlyArray<MetricRequest>,
  truth: Rows,
  scores: Rows,
): Readonly<Record<string, number>> => {
  if (requests.length === 0) return {}
  const asked = read('metrics', requests)
  // a model that has diverged says nothing that could be measured
  if (!scores.every(allFinite)) return Object.fromEntries(asked.map(({ key }) => [key, NaN]))
  const outcome = outcomeOf(truth, scores)
  return Object.fromEntries(asked.map(({ key, measure: of }) => [key, of(outcome)]))
}
