import type { ExpectedRun, Expectation } from './expectation.js'

export interface GateOptions {
  /** epochs by which a stop may move; a whole number from 0. Default 0 */
  readonly tolerance?: number
  /** how much regret may grow, in the judge's metric; 0 or more. Default 0 */
  readonly cost?: number
}

/** 'same'; 'within': moved, and tolerated; everything else closes the gate. */
export type GateStatus = 'same' | 'within' | 'moved' | 'costs' | 'log changed' | 'new' | 'missing'

export interface GateRow {
  readonly run: string
  readonly status: GateStatus
  readonly expected: ExpectedRun | null
  readonly found: ExpectedRun | null
  /** what moved, and by how much, in words; empty where nothing did */
  readonly reason: string
}

export interface GateResult {
  readonly passes: boolean
  readonly rows: ReadonlyArray<GateRow>
}

// a run may be called like what every object inherits
const own = (runs: Expectation['runs'], run: string): ExpectedRun | undefined =>
  Object.hasOwn(runs, run) ? runs[run] : undefined

const epochs = (n: number): string => `${n} epoch${n === 1 ? '' : 's'}`
const stopOf = ({ stop }: ExpectedRun): string => (stop === null ? 'no stop' : `stop at ${stop}`)

/** How far a stop moved; where one side has none in the log, no more is known than that it is so far or further. */
const moved = (expected: ExpectedRun, found: ExpectedRun): { readonly by: number; readonly atLeast: boolean } => {
  const [a, b] = [expected.stop, found.stop]
  if (a !== null && b !== null) return { by: Math.abs(a - b), atLeast: false }
  if (a === null && b === null) return { by: 0, atLeast: false }
  const run = a === null ? found : expected
  return { by: Math.max(1, expected.epochs - run.epochsRun + 1), atLeast: true }
}

/** Growth of regret; nothing to pay where there was nothing measured before and after. */
const costOf = (expected: ExpectedRun, found: ExpectedRun): number => {
  if (expected.regret === found.regret) return 0
  if (found.regret === null) return Infinity
  return expected.regret === null ? 0 : found.regret - expected.regret
}

// the difference of two regrets has rounding of its own
const exceeds = (x: number, limit: number): boolean => x > limit + 1e-12 * Math.max(1, Math.abs(limit))

const judgeRun = (
  run: string,
  expected: ExpectedRun,
  found: ExpectedRun,
  { tolerance = 0, cost = 0 }: GateOptions,
): GateRow => {
  const row = (status: GateStatus, reason: string): GateRow => ({ run, status, expected, found, reason })
  if (expected.epochs !== found.epochs)
    return row('log changed', `the log had ${epochs(expected.epochs)}, now ${found.epochs}`)
  const { by, atLeast } = moved(expected, found)
  const paid = costOf(expected, found)
  const shift =
    by === 0 ? [] : [`${stopOf(expected)}, now ${stopOf(found)}: moved by ${epochs(by)}${atLeast ? ' or more' : ''}`]
  const price = exceeds(Math.abs(paid), 0)
    ? [
        `regret ${expected.regret}, now ${found.regret}: ${paid > 0 ? 'costs' : 'saves'} ${Number(Math.abs(paid).toPrecision(6))}`,
      ]
    : []
  const verdict = expected.verdict === found.verdict ? [] : [`was ${expected.verdict}, now ${found.verdict}`]
  const reason = [...shift, ...price, ...verdict].join('; ')
  // where it isn't known how far it moved, it can't be said to be tolerated
  if (by > tolerance || atLeast) return row('moved', reason)
  if (exceeds(paid, cost)) return row('costs', reason)
  return row(reason === '' ? 'same' : 'within', reason)
}

const check = (name: string, value: number | undefined, whole: boolean): void => {
  if (value === undefined || (value >= 0 && (whole ? Number.isSafeInteger(value) : Number.isFinite(value)))) return
  throw new RangeError(
    `gate: ${name} must be ${whole ? 'a whole number from 0' : 'finite and 0 or more'}, got ${value}`,
  )
}

/**
 * May this change of a policy pass? No, if a stop moved by more than `tolerance` epochs, if regret grew by more than `cost`, or
 * if the two don't have the same runs. A stop that appeared, or is no longer in the log, has moved by an unknown number of epochs
 * and is not tolerated. A changed verdict is said, and closes nothing by itself.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { expectationOf, gate } from 'rxfit/replay'
 * const runs = { a: fromEpochs([3, 1, 2, 2, 2].map((val_loss) => ({ val_loss }))) }
 * const before = expectationOf(earlyStopping({ patience: 1 }), runs)
 * const after = expectationOf(earlyStopping({ patience: 2 }), runs)
 * gate(before, after).rows[0]?.reason // => 'stop at 2, now stop at 3: moved by 1 epoch'
 * gate(before, after, { tolerance: 1 }).passes // => true
 */
export const gate = (expected: Expectation, found: Expectation, options: GateOptions = {}): GateResult => {
  check('tolerance', options.tolerance, true)
  check('cost', options.cost, false)
  const names = [...new Set([...Object.keys(expected.runs), ...Object.keys(found.runs)])].sort()
  const rows = names.map((run): GateRow => {
    const [before, now] = [own(expected.runs, run), own(found.runs, run)]
    if (before && now) return judgeRun(run, before, now, options)
    return now
      ? { run, status: 'new', expected: null, found: now, reason: 'no expectation of this run' }
      : { run, status: 'missing', expected: before as ExpectedRun, found: null, reason: 'expected, and not given' }
  })
  return { passes: rows.every(({ status }) => status === 'same' || status === 'within'), rows }
}
