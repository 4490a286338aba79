export { fit, type FitDatasetOptions, type FitOptions, type FitResult, type NeedsValidation } from './training/fit.js'
export { evaluate, evaluate$, type EvaluateResult } from './evaluation/evaluate.js'
export { predict, predict$, type Outputs, type PredictResult, type PredictionEvent } from './evaluation/predict.js'
export type { TextData } from './evaluation/compareTexts.js'
export type { EvaluationData } from './evaluation/evaluateOn.js'
export type { PassOptions } from './evaluation/pass.js'
export {
  trainWith,
  type Loop,
  type Trainee,
  type TrainTogetherOptions,
  type TrainTogetherResult,
  type TrainWithOptions,
  type TrainWithResult,
} from './training/trainWith.js'
export type { Parts } from './Target.js'
export { fit$ } from './training/fitObservable.js'
export { learningRateOf, setLearningRate, UnknownOptimizer } from './optimizer.js'
export { loadCheckpoint, type Checkpoint } from './checkpoints/checkpoint.js'
export { loadWeights } from './checkpoints/saving.js'
export type { AttachOptions } from './training/attach.js'
export type { Callbacks, Deeds, Remembered, WireOptions } from './wire.js'
export { toCallback, type ToCallbackOptions } from './training/toCallback.js'
export { CommandError, type FailureRules } from '../runtime/drive.js'
export { LearningRateConflict } from '../runtime/resolve.js'
export type { Capabilities, Handler, Handlers, LostRequest, PostRequest, TrackedAverage } from '../runtime/interpret.js'
export type { OutboxOptions } from '../sinks/outbox.js'
