import type { Policy } from '../../dsl/Policy.js'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import { rerun } from '../rerun.js'
import { begin } from '../Run.js'
import type { Assembly } from './Candidate.js'
import { endFast, fastOf, type FastPolicy, type PartRegistry, type Tracer } from './fast.js'
import { keptEpoch } from '../judge/kept.js'

/** How a simulated run ended: what is left of a replay when nobody asks for its decisions. */
export interface Ending {
  readonly epochsRun: number
  /** epoch whose event asked for the stop; null: none did */
  readonly stoppedEpoch: number | null
  readonly divergedAt: number | null
  /** epoch of the model that is left; null: none was trained */
  readonly keptEpoch: number | null
}

/** A policy that will be run many times. */
export interface Ready {
  readonly policy: () => Policy<never>
  readonly fast: FastPolicy | undefined
}

export const makeReady =
  (register: PartRegistry) =>
  ({ parts, policy }: Assembly): Ready => ({ policy, fast: fastOf(parts, register) })

const slowly = (policy: Policy<never>, log: TrainingLog, learningRate: number | undefined): Ending => {
  const run = begin(policy, log, learningRate, true)
  rerun(policy, log, run)
  return {
    epochsRun: run.learningRates.length,
    stoppedEpoch: run.stoppedEpoch,
    divergedAt: run.divergedAt,
    keptEpoch: keptEpoch(policy, run),
  }
}

/** What becomes of a recorded run under a policy; throws what the policy throws. */
export const endingOf = (
  { policy, fast }: Ready,
  log: TrainingLog,
  traces: Tracer,
  learningRate: number | undefined,
): Ending => (fast && endFast(fast, traces)) ?? slowly(policy(), log, learningRate)
