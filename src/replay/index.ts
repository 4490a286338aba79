export { logReport } from './report/logReport.js'
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
export { judgeOf, type Judge } from './judge/regret.js'
export { grid, type Dimensions, type GridOptions } from './grid/grid.js'
export type { Interval } from './sweep/bootstrap.js'
export type { Candidate } from './sweep/Candidate.js'
export type { Cells } from './sweep/Cells.js'
export type { Chosen } from './sweep/choose.js'
export { SweepError } from './sweep/fill.js'
export type { HeldOut } from './sweep/heldOut.js'
export type { Means } from './sweep/mean.js'
export type { SweepOptions } from './sweep/options.js'
export type { PackedLog } from './sweep/PackedLog.js'
export { NothingToJudge } from './sweep/plan.js'
export { cellOf, type PolicySummary, type Sweep, type SweptCell, type SweptRun, type Verdicts } from './sweep/Result.js'
export { sweep, sweepToJson } from './sweep/sweep.js'
export { sweepReport } from './report/sweepReport.js'
