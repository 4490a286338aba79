export { replay, replayToJson, type Outcome, type Replay, type ReplayOptions } from './replay.js'
export type { Save } from './Run.js'
export type { Decision, Validity } from '../runtime/Decision.js'
export {
  why,
  whyToJson,
  type ExplainedDecision,
  type Explanation,
  type Explanations,
  type Reason,
  type WhyOptions,
} from './why.js'
