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
export { fieldsOf, formatPython, pythonRepr, type FormatError } from './dsl/PythonFormat.js'
export { nearest } from './dsl/nearest.js'

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
export { csvLogger, type CSVLoggerOptions } from './builtins/csvLogger.js'
export { earlyStopping, type EarlyStoppingOptions } from './builtins/earlyStopping.js'
export { history, type HistoryOptions } from './builtins/history.js'
export { learningRateScheduler, type LearningRateSchedulerOptions } from './builtins/learningRateScheduler.js'
export { modelCheckpoint, type ModelCheckpointOptions } from './builtins/modelCheckpoint.js'
export { progress, type ProgressOptions } from './builtins/progress.js'
export { reduceLROnPlateau, type ReduceLROnPlateauOptions } from './builtins/reduceLROnPlateau.js'
export { tensorBoard, type TensorBoardOptions } from './builtins/tensorBoard.js'
export { terminateOnNaN, type TerminateOnNaNOptions } from './builtins/terminateOnNaN.js'
export { dialectNames, type DialectName } from './dialects/index.js'

// pipelines as data
export { fromSpec, SpecError, type SpecExtras, type SpecFunctions } from './builtins/fromSpec.js'
