import type { Direction } from '../../dsl/Metrics.js'
import type { Json } from '../../dsl/Json.js'
import type { Spec } from '../../dsl/Spec.js'
import type { Validity } from '../../runtime/Decision.js'
import type { Interval } from './bootstrap.js'
import { verdicts, type Cells } from './Cells.js'
import type { Chosen } from './choose.js'
import type { HeldOut } from './heldOut.js'

/** A run that policies were judged on. */
export interface SweptRun {
  /** position among the logs that were given */
  readonly log: number
  readonly path: string | null
  readonly format: string
  readonly epochs: number
  /** whether the log says that the run ended as planned, or you did (`completed`); if not, what doesn't stop is censored */
  readonly ended: boolean
  /** the best value of the judge in all of the run, and its epoch */
  readonly best: { readonly epoch: number; readonly value: number }
  /** null: the log has no times */
  readonly seconds: number | null
}

/** How many runs a policy ends in, and how far to trust that; they add up to all runs. */
export interface Verdicts {
  readonly exact: number
  /** it ends, after an epoch from which on the recorded run had another learning rate */
  readonly diverged: number
  /** the log ends first: nothing of these is in any mean */
  readonly censored: number
  /** it ends before the judge measured anything: the same */
  readonly unjudged: number
}

/** What came of a policy. Means and medians are over the runs it ends in (exact or diverged); null: there is none. */
export interface PolicySummary {
  readonly name: string
  readonly settings: Readonly<Record<string, Json>>
  readonly spec: Spec
  readonly verdicts: Verdicts
  /** runs in which it asks for a stop, and the median of the 0-based epochs in which it does */
  readonly stops: number
  readonly stopEpoch: number | null
  /** mean epochs run */
  readonly epochs: number | null
  readonly epochsInterval: Interval | null
  /** mean epochs that the recorded runs went on for, and the share of all theirs */
  readonly epochsSaved: number | null
  readonly shareSaved: number | null
  /** all seconds that those runs went on for; null: no log has times */
  readonly secondsSaved: number | null
  /** how much worse the kept model is than the run's best, in the judge's units */
  readonly regret: number | null
  readonly regretInterval: Interval | null
  readonly medianRegret: number | null
  readonly worstRegret: number | null
  /** stops after which a value came that beats all before it by more than the tolerance */
  readonly premature: number
  /** mean epochs run after the best so far */
  readonly wasted: number | null
  /** position of a policy with no more epochs and no more regret, and less of one; null: none, or it ends nowhere */
  readonly dominatedBy: number | null
  /** whether it is on the Pareto front of epochs and regret */
  readonly onFront: boolean
  /** position of the first policy that comes to the same in every run; its own, if none before it does */
  readonly sameAs: number
}

/** What came of many policies on many runs. */
export interface Sweep {
  readonly judge: {
    readonly metric: string
    readonly mode: Direction
    readonly tolerance: number
  }
  readonly runs: ReadonlyArray<SweptRun>
  /** logs that nothing could be judged on */
  readonly leftOut: ReadonlyArray<{ readonly path: string | null; readonly why: string }>
  readonly policies: ReadonlyArray<PolicySummary>
  /** positions of the policies on the Pareto front, by their epochs; of those that come to the same the first only */
  readonly front: ReadonlyArray<number>
  /** by the one-standard-error rule; null: no policy ends in half of the runs */
  readonly choice: Chosen | null
  /** what such a choice is worth on other runs; null: there are too few */
  readonly heldOut: HeldOut | null
  /** every policy on every run */
  readonly cells: Cells
  readonly notes: ReadonlyArray<string>
}

/** What came of one policy on one run. */
export interface SweptCell {
  readonly epochsRun: number
  readonly stoppedEpoch: number | null
  readonly keptEpoch: number | null
  readonly divergedAt: number | null
  readonly verdict: Validity
  /** null: not known */
  readonly regret: number | null
  readonly premature: boolean
  readonly wasted: number
  readonly secondsSaved: number | null
}

const orNull = (x: number): number | null => (x < 0 ? null : x)
const known = (x: number): number | null => (Number.isNaN(x) ? null : x)

/**
 * What came of one policy on one run, by their positions.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { cellOf, sweep } from 'rxfit/replay'
 * const log = fromEpochs([3, 2, 2.5, 1].map((val_loss) => ({ val_loss })))
 * const result = sweep([earlyStopping({ patience: 1 })], [log], { judge: 'val_loss' })
 * const { stoppedEpoch, regret, premature } = cellOf(result, 0, 0)
 * stoppedEpoch // => 2
 * regret // => 1.5
 * premature // => true
 */
export const cellOf = ({ cells }: Pick<Sweep, 'cells'>, policy: number, run: number): SweptCell => {
  const at = policy * cells.runs + run
  const of = (column: Int32Array | Float64Array): number => {
    const value = column[at]
    if (value === undefined || run < 0 || run >= cells.runs)
      throw new RangeError(
        `cellOf: there are ${cells.policies} policies and ${cells.runs} runs, got ${policy} and ${run}`,
      )
    return value
  }
  return {
    epochsRun: of(cells.epochsRun),
    stoppedEpoch: orNull(of(cells.stoppedEpoch)),
    keptEpoch: orNull(of(cells.keptEpoch)),
    divergedAt: orNull(of(cells.divergedAt)),
    verdict: verdicts[of(cells.verdict)] as Validity,
    regret: known(of(cells.regret)),
    premature: of(cells.premature) === 1,
    wasted: of(cells.wasted),
    secondsSaved: known(of(cells.secondsSaved)),
  }
}
