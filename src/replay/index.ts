export { replay, replayToJson, type Outcome, type Replay, type ReplayOptions, type Save } from './replay.js'
export type { Decision, Validity } from '../runtime/Decision.js'
