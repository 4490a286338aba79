export { fromEpochs, type EpochRow, type EpochsOptions, type EpochValue } from './fromEpochs.js'
export { readLog, type ReadLogOptions } from './readLog.js'
export type { LogFormat } from './readers.js'
export { LogError, type RecordedCommand, type TrainingLog } from './TrainingLog.js'
