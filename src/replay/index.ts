export { replayReport, type ReplayedRun } from './report/replayReport.js'
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
export { compare, type Change, type Comparison, type Difference, type RunComparison } from './compare.js'
export { expectationOf, parseExpectation, type Expectation, type ExpectedRun } from './gate/expectation.js'
export { gate, type GateOptions, type GateResult, type GateRow, type GateStatus } from './gate/gate.js'
export { judgeOf, type Judge } from './regret.js'
