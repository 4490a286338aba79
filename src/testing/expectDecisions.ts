import { table } from '../cli/table.js'
import type { CommandTag } from '../dsl/Command.js'
import type { Policy } from '../dsl/Policy.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { replay, type Replay } from '../replay/replay.js'
import { describe, show } from '../replay/words.js'
import type { Decision, Validity } from '../runtime/Decision.js'
import { logOf, type RunPolicyOptions, type TestRun } from './runPolicy.js'

/** A policy decided otherwise than a test expects. */
export class ExpectationError extends Error {
  readonly _tag = 'ExpectationError'
  override readonly name = 'ExpectationError'
  constructor(
    message: string,
    readonly expected: unknown,
    readonly actual: unknown,
  ) {
    super(message)
  }
}

/** A decision as a test writes it: the 0-based epoch, and the command's tag. */
export type ExpectedDecision = readonly [epoch: number, command: CommandTag]

/** Each throws an `ExpectationError` that shows the run, or gives itself back, so that they can be chained. */
export interface DecisionExpectations {
  /** what the policy decided, for everything else */
  readonly replay: Replay
  /** that the stop is asked for in this epoch */
  readonly toStopAt: (epoch: number) => DecisionExpectations
  readonly toNeverStop: () => DecisionExpectations
  /** that the learning rate is changed after these epochs (or as they begin), and no others */
  readonly toChangeRateAt: (...epochs: ReadonlyArray<number>) => DecisionExpectations
  /** the rate after the last epoch run */
  readonly toEndWithRate: (rate: number) => DecisionExpectations
  readonly toSaveAt: (...epochs: ReadonlyArray<number>) => DecisionExpectations
  /** that the model ends with the weights of this epoch; null: with those that it has */
  readonly toRestore: (epoch: number | null) => DecisionExpectations
  /** every decision, in order */
  readonly toDecide: (...decisions: ReadonlyArray<ExpectedDecision>) => DecisionExpectations
  readonly toBe: (verdict: Validity) => DecisionExpectations
}

const brief = ({ epoch, command }: Decision): string => `${epoch} ${command._tag}`

/** Lines that both have, those that were expected (-) and those that came (+), as a diff shows them. */
const diff = (expected: ReadonlyArray<string>, actual: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [a, b] = [expected.length, actual.length]
  // longest common subsequence from each place on
  const common = Array.from({ length: a + 1 }, () => new Array<number>(b + 1).fill(0))
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0
  for (let i = a - 1; i >= 0; i -= 1)
    for (let j = b - 1; j >= 0; j -= 1)
      (common[i] as Array<number>)[j] =
        expected[i] === actual[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const lines: Array<string> = []
  let [i, j] = [0, 0]
  while (i < a || j < b) {
    if (i < a && j < b && expected[i] === actual[j]) {
      lines.push(`  ${expected[i]}`)
      i += 1
      j += 1
    } else if (i < a && (j >= b || at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${expected[i++]}`)
    else lines.push(`+ ${actual[j++]}`)
  }
  return lines
}

/** The run as a table: metrics, and what was decided. */
const picture = (log: TrainingLog, { decisions, outcome }: Replay): ReadonlyArray<string> => {
  const ends = log.events.filter((event) => event._tag === 'EpochEnd')
  const rows = ends.map(({ epoch, logs }, i) => [
    String(epoch),
    ...log.metrics.map((name) => (logs[name] === undefined ? '-' : show(logs[name]))),
    i < outcome.epochsRun
      ? decisions
          .filter((decision) => decision.epoch === epoch)
          .map(({ command, validity }) => `${describe(command)}${validity === 'exact' ? '' : ` (${validity})`}`)
          .join('; ')
      : 'not run',
  ])
  const right = (title: string) => ({ title, align: 'right' }) as const
  return table([right('epoch'), ...log.metrics.map(right), { title: 'decisions' }], rows)
}

const list = (epochs: ReadonlyArray<number>): string =>
  epochs.length === 0 ? 'no epoch' : `epoch${epochs.length === 1 ? '' : 's'} ${epochs.join(', ')}`

const stop = (epoch: number | null): string => (epoch === null ? 'no stop' : `a stop at epoch ${epoch}`)

/**
 * What a policy must decide on a run, for any test runner: each expectation throws an error that shows the run and the
 * difference, or gives itself back.
 * @category testing
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { expectDecisions } from 'rxfit/testing'
 * const stopping = earlyStopping({ patience: 2, restoreBestWeights: true })
 * const { replay } = expectDecisions(stopping, '5 4 3 - 3 x 2').toStopAt(5).toRestore(2).toBe('exact')
 * replay.outcome.epochsRun // => 6
 */
export const expectDecisions = <M extends string>(
  policy: Policy<M>,
  run: TestRun,
  options: RunPolicyOptions = {},
): DecisionExpectations => {
  const machine = policy as unknown as Policy<never>
  const log = logOf(machine, run, options)
  const { learningRate } = options
  const result = replay(machine, log, learningRate === undefined ? {} : { learningRate })
  const { decisions, outcome } = result

  const refuse = (expected: unknown, actual: unknown, lines: ReadonlyArray<string>): never => {
    const message = [...lines, '', ...picture(log, result), '', `verdict: ${outcome.verdict}`].join('\n')
    throw new ExpectationError(message, expected, actual)
  }
  const same = <A>(expected: A, actual: A, words: (x: A) => string): DecisionExpectations =>
    JSON.stringify(expected) === JSON.stringify(actual)
      ? expectations
      : refuse(expected, actual, [`expected ${words(expected)}, got ${words(actual)}`])
  const epochsOf = (...tags: ReadonlyArray<CommandTag>): ReadonlyArray<number> => [
    ...new Set(decisions.filter(({ command }) => tags.includes(command._tag)).map(({ epoch }) => epoch)),
  ]

  const expectations: DecisionExpectations = {
    replay: result,
    toStopAt: (epoch) => same<number | null>(epoch, outcome.stoppedEpoch, stop),
    toNeverStop: () => same<number | null>(null, outcome.stoppedEpoch, stop),
    toChangeRateAt: (...epochs) =>
      same(
        epochs,
        epochsOf('SetLearningRate', 'ScaleLearningRate'),
        (given) => `a change of the learning rate at ${list(given)}`,
      ),
    toEndWithRate: (rate) =>
      same<number | null>(rate, outcome.learningRates.at(-1) ?? null, (given) => `a final learning rate of ${given}`),
    toSaveAt: (...epochs) => same(epochs, epochsOf('SaveModel'), (given) => `a save at ${list(given)}`),
    toRestore: (epoch) =>
      same(epoch, outcome.restoredEpoch, (given) =>
        given === null ? 'the weights as they are' : `the weights of epoch ${given}`,
      ),
    toDecide: (...given) => {
      const [wanted, got] = [given.map(([epoch, tag]) => `${epoch} ${tag}`), decisions.map(brief)]
      if (JSON.stringify(wanted) === JSON.stringify(got)) return expectations
      return refuse(wanted, got, ['expected other decisions (- expected, + decided):', ...diff(wanted, got)])
    },
    toBe: (verdict) => same<Validity>(verdict, outcome.verdict, (given) => `the verdict '${given}'`),
  }
  return expectations
}
