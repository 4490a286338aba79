import type { JsonNumber } from '../dsl/Json.js'

/** A metric's value as a case holds it; null: not measured. */
export type Value = JsonNumber | null

/** What a case holds of one sample. */
export type CaseSample = JsonNumber | ReadonlyArray<JsonNumber>

/** Metrics of one moment, by name. Only CSV cases hold anything but numbers. */
export type CaseLogs = Readonly<Record<string, unknown>>

export interface CaseEpoch {
  readonly batches?: ReadonlyArray<{ readonly batch: number; readonly logs: CaseLogs }>
  readonly logs: CaseLogs
}

/** One recorded decision of a framework: what it was given, and what it did. */
export interface Case {
  readonly id: string
  readonly dialect: string
  /** name of the framework's class or function */
  readonly policy: string
  /** under the framework's own names */
  readonly params: Readonly<Record<string, unknown>>
  readonly monitor?: string
  readonly initialLr?: number
  readonly initialMomentum?: number
  /** what a null means: the hook was not called, or it was and the metric wasn't there */
  readonly missing?: 'no-validation' | 'not-logged'
  /** false: float32 and float64 may differ */
  readonly dyadic?: boolean
  readonly values?: ReadonlyArray<Value>
  readonly epochs?: ReadonlyArray<CaseEpoch>
  readonly runs?: ReadonlyArray<{
    readonly params: Readonly<Record<string, unknown>>
    readonly epochs: ReadonlyArray<CaseEpoch>
  }>
  readonly steps?: number
  /** of metrics: a class a sample, or a row of labels; a score, or a row of scores; a class predicted */
  readonly y_true?: ReadonlyArray<CaseSample>
  readonly y_score?: ReadonlyArray<CaseSample>
  readonly y_pred?: ReadonlyArray<CaseSample>
  readonly expect?: Readonly<Record<string, unknown>>
}

/** What rxfit did, under the names that `expect` uses. */
export type Actual = Readonly<Record<string, unknown>>

/** Reads JSON Lines of cases. */
export const readCases = (text: string): ReadonlyArray<Case> =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Case)
