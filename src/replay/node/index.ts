export { sweepInWorkers, type WorkersOptions } from './sweepInWorkers.js'
export { packLog } from './packLog.js'
