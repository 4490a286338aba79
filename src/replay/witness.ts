import type { State } from '../dsl/Machine.js'
import { bare, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import type { Decision, Validity } from '../runtime/Decision.js'
import { simulate, toReplay, type Replay, type ReplayOptions } from './replay.js'
import type { Run } from './Run.js'

/** An event that reached the policy, and what came of it. */
export interface Moment {
  readonly event: TrainingEvent
  /** the policy's state before it */
  readonly before: State
  readonly decisions: ReadonlyArray<Decision>
  /** how far the numbers of this event are those that the policy would have seen */
  readonly validity: Validity
}

export interface Testimony {
  /** those at which it asked for something, and those that were to be kept */
  readonly moments: ReadonlyArray<Moment>
  readonly replay: Replay
}

type Seen = Omit<Moment, 'decisions'> & { readonly from: number }

/** Replays a policy and keeps what happened at which event. Gives what `replay` gives, and slower. */
export const witness = (
  by: string,
  policy: Policy<never>,
  log: TrainingLog,
  options: ReplayOptions,
  keep: (event: TrainingEvent) => boolean = () => false,
): Testimony => {
  const seen: Array<Seen> = []
  const machine = bare(policy)
  const watch = (run: Run): Run => {
    let state = machine.init
    const watched: Run = {
      ...run,
      policy: {
        push: (event) => {
          const before = state
          const [asked, next] = machine.step(before, event)
          state = next
          if (asked.length > 0 || keep(event)) {
            const whole = watched.divergedAt === null && !watched.cutShort
            seen.push({ event, before, from: watched.decisions.length, validity: whole ? 'exact' : 'diverged' })
          }
          return asked
        },
        state: () => state,
      },
    }
    return watched
  }
  const run = simulate(by, policy, log, options, watch)
  const moments = seen.map(({ from, ...moment }, i): Moment => {
    const decisions = run.decisions.slice(from, seen[i + 1]?.from)
    return { ...moment, decisions, validity: decisions[0]?.validity ?? moment.validity }
  })
  return { moments, replay: toReplay(policy, log, run, options) }
}
