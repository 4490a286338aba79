export { fit, type FitDatasetOptions, type FitOptions, type FitResult, type NeedsValidation } from './fit.js'
export { evaluate, evaluate$, type EvaluateResult } from './evaluate.js'
export { predict, predict$, type Outputs, type PredictResult, type PredictionEvent } from './predict.js'
export type { TextData } from './compareTexts.js'
export type { EvaluationData } from './evaluateOn.js'
export type { PassOptions } from './pass.js'
export {
  trainWith,
  type Loop,
  type Trainee,
  type TrainTogetherOptions,
  type TrainTogetherResult,
  type TrainWithOptions,
  type TrainWithResult,
} from './trainWith.js'
export type { Parts } from './Target.js'
export { fit$ } from './fitObservable.js'
export { learningRateOf, setLearningRate, UnknownOptimizer } from './optimizer.js'
export { loadCheckpoint, type Checkpoint } from './checkpoint.js'
export { loadWeights } from './saving.js'
export type { AttachOptions } from './attach.js'
export type { Callbacks, Deeds, Remembered, WireOptions } from './wire.js'
export { toCallback, type ToCallbackOptions } from './toCallback.js'
export { CommandError, type FailureRules } from '../runtime/drive.js'
export { LearningRateConflict } from '../runtime/resolve.js'
export type { Capabilities, Handler, Handlers, LostRequest, PostRequest, TrackedAverage } from '../runtime/interpret.js'
export type { OutboxOptions } from '../sinks/outbox.js'
