import { decodeNumber, type JsonNumber } from '../dsl/Json.js'
import * as metrics from '../metrics/index.js'
import type { Numbers, Rows, SampleOptions, Undefined } from '../metrics/index.js'
import type { Actual, Case, CaseSample } from './Case.js'
import { failed } from './faults.js'
import { renamed } from './params.js'

/** What Python warns of where a metric is undefined. */
const warnings: Readonly<Record<Undefined, string>> = {
  'one-class': 'Only one class is present in y_true. ROC AUC score is not defined in that case.',
  'no-positives': 'No positive class found in y_true, recall is set to one for all thresholds.',
  'no-negatives': 'No negative samples in y_true, false positive value should be meaningless',
  'one-label':
    "A single label was found in 'y_true' and 'y_pred'. For the confusion matrix to have the correct shape, use the 'labels' parameter to pass all known labels.",
  'no-predicted': 'ill-defined: no predicted samples',
  'no-true': 'ill-defined: no true samples',
  'no-true-nor-predicted': 'ill-defined: no true nor predicted samples',
}

const warningOf = (policy: string, why: Undefined): string =>
  policy.startsWith('roc_') && why === 'no-positives'
    ? 'No positive samples in y_true, true positive value should be meaningless'
    : warnings[why]

const decoded = (list: ReadonlyArray<CaseSample> | undefined): Numbers | Rows =>
  (list ?? []).map((x) => (Array.isArray(x) ? x.map(decodeNumber) : decodeNumber(x as JsonNumber))) as Numbers | Rows

const atThresholds = (curve: Readonly<Record<string, Float64Array>>): Actual =>
  Object.fromEntries(Object.entries(curve).map(([name, list]) => [name, Array.from(list)]))

/** Options of the many-valued: `average: null` is a number a class. */
const averageOf = (params: Actual): { readonly average?: never } =>
  'average' in params ? { average: (params['average'] ?? 'none') as never } : {}

const without = (options: Actual, ...names: ReadonlyArray<string>): Actual =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !names.includes(name)))

type Scored = (yTrue: Numbers | Rows, y: Numbers | Rows, options: Actual, samples: SampleOptions) => unknown

const binary =
  (metric: (yTrue: Numbers, yScore: Numbers, options: never) => number): Scored =>
  (yTrue, yScore, options, samples) =>
    metric(yTrue as Numbers, yScore as Numbers, { ...options, ...samples } as never)

/** One class or two, several classes, or several labels a sample: whichever the truth and the scores are. */
const ranked =
  (metric: metrics.BinaryMetric, probabilities: boolean): Scored =>
  (yTrue, yScore, options, samples) => {
    const own = averageOf(options)
    const rows = yScore as Rows
    if (Array.isArray(yTrue[0])) return metrics.multilabel(metric, own)(yTrue as Rows, rows, samples)
    if (!Array.isArray(yScore[0]))
      return binary(metric)(yTrue, yScore, without(options, 'average', 'multiClass'), samples)
    const labels = options['labels'] as Numbers | undefined
    return metrics.oneVsRest(metric, { ...own, probabilities, ...(labels && { labels }) })(
      yTrue as Numbers,
      rows,
      samples,
    )
  }

const ofLabels =
  (metric: (yTrue: Numbers | Rows, yPred: Numbers | Rows, options: never) => unknown): Scored =>
  (yTrue, yPred, options, samples) =>
    metric(yTrue, yPred, { ...options, ...averageOf(options), ...samples } as never)

const confusion: Scored = (yTrue, y, options, samples) => {
  const { threshold } = options
  const yPred = threshold === undefined ? y : metrics.atThreshold(y as Numbers, threshold as number)
  const own = without(options, 'threshold', ...(options['normalize'] === null ? ['normalize'] : []))
  return metrics.confusionMatrix(yTrue as Numbers, yPred as Numbers, { ...own, ...samples })
}

const calibration: Scored = (yTrue, yProb, options, samples) => {
  const { probTrue, probPred } = metrics.calibrationCurve(yTrue as Numbers, yProb as Numbers, {
    ...options,
    ...samples,
  })
  return { prob_true: probTrue, prob_pred: probPred }
}

const scored: Readonly<Record<string, Scored>> = {
  roc_auc_score: ranked(metrics.rocAuc, true),
  roc_auc_score_ovr_macro: ranked(metrics.rocAuc, true),
  average_precision_score: ranked(metrics.averagePrecision, false),
  pr_auc: binary(metrics.prAuc),
  roc_curve: (...given) => atThresholds(binary(metrics.rocCurve as never)(...given) as never),
  precision_recall_curve: (...given) => atThresholds(binary(metrics.precisionRecallCurve as never)(...given) as never),
  precision_at_recall: binary(metrics.precisionAtRecall as never),
  recall_at_precision: binary(metrics.recallAtPrecision as never),
  confusion_matrix: confusion,
  precision_score: ofLabels(metrics.precision),
  recall_score: ofLabels(metrics.recall),
  f1_score: ofLabels(metrics.f1),
  fbeta_score: ofLabels(metrics.fBeta),
  accuracy_score: ofLabels(metrics.accuracy),
  log_loss: (yTrue, yProb, options, samples) => metrics.logLoss(yTrue as Numbers, yProb, { ...options, ...samples }),
  calibration_curve: calibration,
}

/** Told which label is positive, scikit-learn doesn't look whether there are samples, and reaches for the last one. */
const python = (c: Case, error: unknown): string | undefined => {
  if (!(error instanceof metrics.MetricError)) return undefined
  const reaches = c.policy === 'average_precision_score' || 'pos_label' in c.params
  return reaches && error.fault === 'empty' ? 'IndexError' : 'ValueError'
}

/** What rxfit does in a case of scikit-learn's metrics. */
export const sklearn = (c: Case): Actual | undefined => {
  const metric = scored[c.policy]
  if (metric === undefined) return undefined
  const why = new Set<Undefined>()
  const { sampleWeight, ...options } = renamed(c.params, { n_bins: 'bins' })
  const samples = {
    ...(sampleWeight !== undefined &&
      sampleWeight !== null && { sampleWeight: decoded(sampleWeight as ReadonlyArray<CaseSample>) as Numbers }),
    onUndefined: (reason: Undefined): void => void why.add(reason),
  }
  try {
    const result = metric(decoded(c.y_true), decoded(c.y_score ?? c.y_pred), options, samples)
    const [first] = why
    return {
      ...(typeof result === 'number' || Array.isArray(result) ? { value: result } : (result as object)),
      ...(first !== undefined && { warning: warningOf(c.policy, first) }),
    }
  } catch (error) {
    return failed(error, (cause) => python(c, cause))
  }
}
