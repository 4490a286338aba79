export {
  fit,
  type Callbacks,
  type FitDatasetOptions,
  type FitOptions,
  type FitResult,
  type NeedsValidation,
} from './fit.js'
export { fit$ } from './fitObservable.js'
export { learningRateOf, setLearningRate, UnknownOptimizer } from './optimizer.js'
export { loadWeights } from './saving.js'
export type { Remembered, AttachOptions } from './attach.js'
export { toCallback, type ToCallbackOptions } from './toCallback.js'
export { CommandError, type FailureRules } from '../runtime/drive.js'
export { LearningRateConflict } from '../runtime/resolve.js'
export type { Capabilities, Handler, Handlers, LostRequest, PostRequest, TrackedAverage } from '../runtime/interpret.js'
export type { OutboxOptions } from '../sinks/outbox.js'
