export { fromEpochs, type EpochRow, type EpochsOptions } from './fromEpochs.js'
export { LogError, type TrainingLog } from './TrainingLog.js'
