// The one barrel. Grouped as a reader looks for things: what happened, what to do, how to decide it.

// events and values
export * from './dsl/Json.js'
export { tags, completed, endOf } from './dsl/TrainingEvent.js'
export type {
  Logs,
  Params,
  Moment,
  TrainBegin,
  TrainEnd,
  EpochBegin,
  EpochEnd,
  BatchBegin,
  BatchEnd,
  TestBegin,
  TestEnd,
  TestBatchBegin,
  TestBatchEnd,
  PredictBegin,
  PredictEnd,
  PredictBatchBegin,
  PredictBatchEnd,
  Evaluating,
  Evaluated,
  Saved,
  CommandFailed,
  TrainingEvent,
  Tag,
  EventOf,
  Measuring,
  Unit,
  Count,
} from './dsl/TrainingEvent.js'
export {
  directionOf,
  MissingMetric,
  type Direction,
  type MetricName,
  type OnMissing,
  type StrictLogs,
  type WellKnownMetric,
} from './dsl/Metrics.js'
export type { Permissions } from './dsl/Permissions.js'
export { fieldsOf, formatPython, pythonRepr, type FormatError } from './dsl/PythonFormat.js'
export type { Duration, DurationParts } from './dsl/Duration.js'
export { nearest } from './dsl/nearest.js'

export type { Curves, DrawFunction, DrawingRequest, Picture, Predictions, Samples } from './dsl/Picture.js'
export type { Decode, TextBatch, TextPair } from './dsl/Text.js'

// the algebra
// modules under their fp-ts style names (constructors, combinators, instances), and their types
export * as enricher from './dsl/Enricher.js'
export * as machine from './dsl/Machine.js'
export * as policy from './dsl/Policy.js'
export * as schedule from './dsl/Schedule.js'
export * as signal from './dsl/Signal.js'
export * as trigger from './dsl/Trigger.js'
export type { Enricher } from './dsl/Enricher.js'
export type { Insight, Machine, State } from './dsl/Machine.js'
export type { Policy } from './dsl/Policy.js'
export type { Schedule } from './dsl/Schedule.js'
export type { Signal } from './dsl/Signal.js'
export type { Firing, Trigger } from './dsl/Trigger.js'
export { OptionError, type Problem } from './dsl/Options.js'
export { explain, idle, PolicyError, requires, toSpec } from './dsl/Policy.js'
export { ScheduleError } from './dsl/Schedule.js'
export type { Spec } from './dsl/Spec.js'

// commands
export * from './dsl/Command.js'

// operators: signals, triggers, policies, enrichers
export * from './operators/index.js'

// schedules
export * from './schedules/index.js'
export * as hf from './schedules/hf/index.js'
export * as optax from './schedules/optax/index.js'
export * as torch from './schedules/torch/index.js'

// named callbacks
export { backupAndRestore, type BackupAndRestoreOptions } from './builtins/backupAndRestore.js'
export { baseLogger, type BaseLoggerOptions } from './builtins/baseLogger.js'
export { clipGradients, type ClipGradientsOptions } from './builtins/clipGradients.js'
export {
  controlledStoppingCheckpoint,
  type ControlledStoppingCheckpointOptions,
} from './builtins/controlledStoppingCheckpoint.js'
export { csvLogger, type CSVLoggerOptions } from './builtins/csvLogger.js'
export { detectOverfitting, type DetectOverfittingOptions } from './builtins/detectOverfitting.js'
export { divergence, type DivergenceOptions } from './builtins/divergence.js'
export { earlyStopping, type EarlyStoppingOptions } from './builtins/earlyStopping.js'
export { evaluateEvery, type EvaluateEveryOptions } from './builtins/evaluateEvery.js'
export {
  gradientAccumulationScheduler,
  type GradientAccumulationSchedulerOptions,
} from './builtins/gradientAccumulationScheduler.js'
export { gradientNorms, type GradientNormsOptions } from './builtins/gradientNorms.js'
export { history, type HistoryOptions } from './builtins/history.js'
export { historyRecorder, type HistoryRecorderOptions } from './builtins/historyRecorder.js'
export { layerFreezing, type LayerFreezingOptions } from './builtins/layerFreezing.js'
export { learningRateScheduler, type LearningRateSchedulerOptions } from './builtins/learningRateScheduler.js'
export { modelCheckpoint, type ModelCheckpointOptions } from './builtins/modelCheckpoint.js'
export { nothingCallback, type NothingCallbackOptions } from './builtins/nothingCallback.js'
export { prechelt, type PrecheltOptions } from './builtins/prechelt.js'
export { progbarLogger, type ProgbarLoggerOptions } from './builtins/progbarLogger.js'
export { reduceLROnPlateau, type ReduceLROnPlateauOptions } from './builtins/reduceLROnPlateau.js'
export { tensorBoard, type TensorBoardOptions } from './builtins/tensorBoard.js'
export { remoteMonitor, type RemoteMonitorOptions } from './builtins/remoteMonitor.js'
export { scheduledLRReduction, type ScheduledLRReductionOptions } from './builtins/scheduledLRReduction.js'
export { stepwiseLRReduction, type StepwiseLRReductionOptions } from './builtins/stepwiseLRReduction.js'
export {
  stochasticWeightAveraging,
  type StochasticWeightAveragingOptions,
} from './builtins/stochasticWeightAveraging.js'
export { stopAfterSteps, type StopAfterStepsOptions } from './builtins/stopAfterSteps.js'
export { stopAtThreshold, type StopAtThresholdOptions } from './builtins/stopAtThreshold.js'
export { swapEMAWeights, type SwapEMAWeightsOptions } from './builtins/swapEMAWeights.js'
export { syncDirectory, type SyncDirectoryOptions } from './builtins/syncDirectory.js'
export { terminateOnNaN, type TerminateOnNaNOptions } from './builtins/terminateOnNaN.js'
export { textComparison, type TextComparisonOptions } from './builtins/textComparison.js'
export { timeStopping, type TimeStoppingOptions } from './builtins/timeStopping.js'
export { visualize, type VisualizeOptions } from './builtins/visualize.js'
export { weightAveraging, type WeightAveragingOptions } from './builtins/weightAveraging.js'
export { dialectNames, type DialectName } from './dialects/index.js'

// a look at callbacks before they train
export { lint, LintError, type Finding, type LintContext, type Severity } from './runtime/lint/index.js'

// pipelines as data
export { fromSpec, SpecError, type SpecExtras, type SpecFunctions } from './builtins/fromSpec.js'
export { resume, suspend, type Suspended } from './builtins/spec/suspend.js'
