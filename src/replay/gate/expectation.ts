import * as v from 'valibot'
import { decodeNumber, type JsonNumber } from '../../dsl/Json.js'
import { count, oneOf, parse, text } from '../../dsl/Options.js'
import type { Policy } from '../../dsl/Policy.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import type { Validity } from '../../runtime/Decision.js'
import { keptEpoch } from '../judge/kept.js'
import { regretOf, type Judge } from '../judge/regret.js'
import { mustBeLog, mustBePolicy, simulate, toReplay, type ReplayOptions } from '../replay.js'

/** What is expected of a policy on one run. Epochs are 0-based. */
export interface ExpectedRun {
  /** epochs in the log */
  readonly epochs: number
  /** epoch whose event asks for the stop */
  readonly stop: number | null
  readonly epochsRun: number
  /** epoch whose weights one is left with */
  readonly kept: number | null
  /** how much worse that epoch is than the run's best, by the judge; null without one, or where nothing was measured */
  readonly regret: number | null
  readonly verdict: Validity
}

/** What is expected of a policy on some runs: kept in a file, and compared with what comes out later. */
export interface Expectation {
  readonly version: 1
  readonly judge: Judge | null
  /** by the run's name: its path, as seen from the file */
  readonly runs: Readonly<Record<string, ExpectedRun>>
}

const sorted = <A>(record: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))

const expectRun = (
  policy: Policy<never>,
  log: TrainingLog,
  judge: Judge | null,
  options: ReplayOptions,
): ExpectedRun => {
  const run = simulate('gate', policy, log, options)
  const { outcome } = toReplay(policy, log, run, options)
  const kept = keptEpoch(policy, run)
  return {
    epochs: log.epochs,
    stop: outcome.stoppedEpoch,
    epochsRun: outcome.epochsRun,
    kept,
    regret: judge === null ? null : regretOf(log, kept, judge),
    verdict: outcome.verdict,
  }
}

/**
 * What a policy does on these runs now, as an expectation for later; runs are sorted by name. `judge` names the metric by
 * which its costs are counted. Throws what `replay` throws, and a `MissingMetric` where a run doesn't have the judge's metric.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { expectationOf } from 'rxfit/replay'
 * const log = fromEpochs([3, 1, 2, 2].map((val_loss) => ({ val_loss })))
 * const { runs } = expectationOf(earlyStopping({ patience: 1 }), { a: log }, { metric: 'val_loss', mode: 'min' })
 * runs['a'] // => { epochs: 4, stop: 2, epochsRun: 3, kept: 2, regret: 1, verdict: 'exact' }
 */
export const expectationOf = <M extends string>(
  policy: Policy<M>,
  runs: Readonly<Record<string, TrainingLog>>,
  judge: Judge | null = null,
  options: ReplayOptions = {},
): Expectation => {
  const machine = policy as unknown as Policy<never>
  mustBePolicy('expectationOf', 'the first argument', machine)
  const entries = Object.entries(runs).map(([name, log]) => {
    mustBeLog('expectationOf', `run '${name}'`, log)
    return [name, expectRun(machine, log, judge, options)] as const
  })
  return { version: 1, judge, runs: sorted(Object.fromEntries(entries)) }
}

const epoch = v.nullable(count)
const regret = v.nullable(v.union([v.number(), v.literal('Infinity')]))
const run = v.strictObject({
  epochs: count,
  stop: epoch,
  epochsRun: count,
  kept: epoch,
  regret,
  verdict: oneOf('exact', 'censored', 'diverged'),
})
const schema = v.strictObject({
  version: v.literal(1),
  judge: v.nullable(v.strictObject({ metric: text, mode: oneOf('min', 'max') })),
  runs: v.record(v.string(), run),
})

/**
 * Reads an expectation from JSON, or throws an `OptionError` that lists everything wrong with it.
 * @category replay
 * @example
 * import { parseExpectation } from 'rxfit/replay'
 * parseExpectation({ version: 1, judge: null, runs: {} }).version // => 1
 */
export const parseExpectation = (json: unknown): Expectation => {
  const { version, judge, runs } = parse('expectation', schema, json)
  const decoded = Object.entries(runs).map(([name, one]): readonly [string, ExpectedRun] => [
    name,
    { ...one, regret: one.regret === null ? null : decodeNumber(one.regret as JsonNumber) },
  ])
  return { version, judge, runs: sorted(Object.fromEntries(decoded)) }
}
