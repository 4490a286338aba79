/** An error: the run fails, or is refused. A warning: it trains, but hardly as was meant. */
export type Severity = 'error' | 'warning'

/** Something that a run's owner would want to know before it starts. */
export interface Finding {
  /** the rule's name, as docs/lint.md lists it */
  readonly rule: string
  readonly severity: Severity
  /** the part it is about, as `fromSpec` names places: `[2].reduceLROnPlateau` */
  readonly path: string
  /** what was found, with the numbers */
  readonly message: string
  /** why that matters */
  readonly reason: string
}

/** What is known of the run that the callbacks are for; rules that need what isn't known are silent. */
export interface LintContext {
  /** planned epochs: the index that the last epoch + 1 will have */
  readonly epochs?: number
  /** 0-based first epoch. Default 0 */
  readonly initialEpoch?: number
  /** batches an epoch */
  readonly steps?: number
  /** the rate that training begins with */
  readonly learningRate?: number
  /** every metric that the run reports */
  readonly metrics?: ReadonlyArray<string>
}

/** One line: where, what, and by which rule. */
export const oneLine = ({ path, message, rule }: Finding): string => `${path}: ${message} (${rule})`

/** Callbacks that can't train: everything that lint calls an error. */
export class LintError extends Error {
  readonly _tag = 'LintError'
  override readonly name = 'LintError'
  constructor(readonly findings: ReadonlyArray<Finding>) {
    super(findings.map(oneLine).join('\n'))
  }
}
