// Evaluation metrics: plain numbers in, plain numbers out. Nothing here knows tensors or training.
export { MetricError, type MetricFault } from './MetricError.js'
export type { OnUndefined, Undefined } from './Undefined.js'
export type { Numbers, Rows, SampleOptions } from './internal/samples.js'

// predictions of scores
export { argMax } from './argMax.js'
export { atThreshold } from './atThreshold.js'

// of predictions
export { accuracy } from './accuracy.js'
export { confusionMatrix, type ConfusionMatrix, type ConfusionMatrixOptions } from './confusionMatrix.js'
export { f1 } from './f1.js'
export { fBeta, type FBetaOptions } from './fBeta.js'
export { precision } from './precision.js'
export { recall } from './recall.js'
export type { Averaged, LabelAverage, LabelOptions } from './internal/perLabel.js'

// of scores
export { auc } from './auc.js'
export { averagePrecision } from './averagePrecision.js'
export { prAuc } from './prAuc.js'
export { precisionAtRecall, type PrecisionAtRecall, type PrecisionAtRecallOptions } from './precisionAtRecall.js'
export {
  precisionRecallCurve,
  type PrecisionRecallCurve,
  type PrecisionRecallCurveOptions,
} from './precisionRecallCurve.js'
export { recallAtPrecision, type RecallAtPrecision, type RecallAtPrecisionOptions } from './recallAtPrecision.js'
export { rocAuc, type RocAucOptions } from './rocAuc.js'
export { rocCurve, type RocCurve, type RocCurveOptions } from './rocCurve.js'
export type { BinaryOptions } from './internal/counts.js'
export type { OperatingPoint } from './internal/operatingPoint.js'

// of probabilities
export {
  calibrationCurve,
  type CalibrationCurve,
  type CalibrationCurveOptions,
  type CalibrationOptions,
} from './calibrationCurve.js'
export { expectedCalibrationError } from './expectedCalibrationError.js'
export { logLoss, type LogLossOptions } from './logLoss.js'

// for more than two classes, and for several labels a sample
export { multilabel, type MultilabelAverage, type MultilabelOptions } from './multilabel.js'
export { oneVsRest, type OneVsRestOptions } from './oneVsRest.js'
export type { Average, BinaryMetric } from './internal/averaged.js'

// of texts
export { characterErrorRate } from './characterErrorRate.js'
export { editDistance } from './editDistance.js'
export { wordErrorRate } from './wordErrorRate.js'
