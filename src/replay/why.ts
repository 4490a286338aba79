import { steers, type Command, type Why } from '../dsl/Command.js'
import { encodeJson } from '../dsl/Json.js'
import type { Machine, State } from '../dsl/Machine.js'
import { lookup } from '../dsl/Metrics.js'
import { isPolicy, type Policy } from '../dsl/Policy.js'
import { isSignal } from '../dsl/Signal.js'
import { givenName, label, type Spec } from '../dsl/Spec.js'
import type { Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import { isTrigger, type Firing } from '../dsl/Trigger.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import type { Decision, Validity } from '../runtime/Decision.js'
import { mustBeLog, mustBePolicy, type Outcome, type ReplayOptions } from './replay.js'
import { witness, type Moment } from './witness.js'

export interface WhyOptions extends ReplayOptions {
  /** 0-based: what each part said in this epoch, whether it led to anything or not. Without it: each decision */
  readonly epoch?: number
}

/** What one part of a pipeline said at one event. */
export interface Reason {
  /** `whenPlateau(val_loss)` */
  readonly part: string
  readonly sort: 'policy' | 'trigger' | 'signal' | 'enricher'
  /** false: this event is none of its business */
  readonly asked: boolean
  /** a policy asked for something, a trigger fired, a signal gave a value */
  readonly acts: boolean
  /** the numbers behind it: those that it acted on, or those that it holds */
  readonly why: Why
  /** what was missing: `wait 2 of 5; val_loss below 0.31 would be an improvement`; null where nothing was, or it doesn't say */
  readonly needs: string | null
  readonly parts: ReadonlyArray<Reason>
}

/** A decision, and the way to it through the pipeline: `['all', 'emit', 'and', 'whenPlateau(val_loss)']`. */
export interface ExplainedDecision extends Decision {
  readonly path: ReadonlyArray<string>
}

/** One event, as the policy saw it. */
export interface Explanation {
  readonly event: Tag
  readonly epoch: number
  readonly batch: number | null
  readonly step: number
  readonly lr: number
  readonly validity: Validity
  readonly decisions: ReadonlyArray<ExplainedDecision>
  readonly reason: Reason
}

/** Why a policy decided as it did on a recorded run. */
export interface Explanations {
  readonly explanations: ReadonlyArray<Explanation>
  readonly outcome: Outcome
  readonly notes: ReadonlyArray<string>
}

type AnyMachine = Machine<never, unknown>

const sortOf = (machine: unknown): Reason['sort'] =>
  isPolicy(machine) ? 'policy' : isTrigger(machine) ? 'trigger' : isSignal(machine) ? 'signal' : 'enricher'

/** Its name in a path: what holds other policies and triggers goes by its kind, the rest by what it reads too. */
const nameOf = (spec: Spec, holdsOthers: boolean): string =>
  holdsOthers ? (givenName(spec) ?? spec.kind) : label(spec)

/** The value that a part without signals looked at, where it looks at one metric. */
const observedBy = ({ metrics, options, children }: Spec, { logs }: TrainingEvent): Why => {
  const monitor = options?.['monitor'] ?? (children ? undefined : metrics?.[0])
  const value = typeof monitor === 'string' ? lookup(logs, monitor) : undefined
  return value === undefined ? {} : { observed: value }
}

const isFiring = (output: unknown): output is NonNullable<Firing> => typeof output === 'object' && output !== null

interface Said {
  readonly reason: Reason
  /** of a policy: what it asked for, each with its way through the parts below */
  readonly asked: ReadonlyArray<readonly [Command, ReadonlyArray<string>]>
}

/** Asks a machine and all its parts once more: they are pure, so they say what they said then. */
const interrogate = (machine: AnyMachine, state: State, event: TrainingEvent, heard: boolean): Said => {
  const sort = sortOf(machine)
  const { spec } = machine
  const asked = heard && (sort !== 'policy' || spec.events.includes(event._tag))
  const [output, after] = asked ? machine.step(state, event as never) : [undefined, state]
  const said = (machine.parts?.(state) ?? []).map((part) => {
    const hears = part.hears as ((input: TrainingEvent) => unknown) | undefined
    const input = asked && hears ? (hears(event) as TrainingEvent) : event
    return interrogate(part.machine, part.state, input, asked)
  })
  const parts = said.map(({ reason }) => reason)
  const others = parts.filter((part) => part.sort === 'policy' || part.sort === 'trigger')
  const insight = machine.inspect?.(after, event as never)[0]
  const commands = sort === 'policy' && asked ? (output as ReadonlyArray<Command>) : []
  const acts = sort === 'policy' ? commands.length > 0 : sort !== 'enricher' && output !== undefined
  const value = sort === 'signal' && typeof output === 'number' ? { value: output } : {}
  const firing = sort === 'trigger' && isFiring(output) ? output : undefined
  const decided = others.length === 0 ? commands.find((command) => command.why !== undefined)?.why : undefined
  const observed = sort === 'policy' && asked ? observedBy(spec, event) : observedIn(parts)
  const name = nameOf(spec, others.length > 0)
  const way = (sort === 'policy' ? said.flatMap((part) => part.asked) : []).map(
    ([command, path]) => [command, [name, ...path]] as const,
  )
  const here = [name, ...(sort === 'policy' ? firingPath(parts) : [])]
  return {
    reason: {
      part: name,
      sort,
      asked,
      acts,
      why: firing ?? decided ?? { ...value, ...observed, ...insight?.why },
      needs: acts ? null : (insight?.needs ?? null),
      parts,
    },
    asked: way.length > 0 ? way : commands.map((command) => [command, here] as const),
  }
}

/** The value of the one signal that a trigger watches. */
const observedIn = (parts: ReadonlyArray<Reason>): Why => {
  const signals = parts.filter(({ sort }) => sort === 'signal')
  const value = signals.length === 1 ? signals[0]?.why['value'] : undefined
  return value === undefined ? {} : { observed: value }
}

/** From what fired down to the part that has the numbers. */
const firingPath = (parts: ReadonlyArray<Reason>): ReadonlyArray<string> => {
  const fired = parts.filter(({ sort, acts }) => sort === 'trigger' && acts)
  const next = fired.find(({ why }) => Object.keys(why).length > 0) ?? fired[0]
  return next === undefined ? [] : [next.part, ...firingPath(next.parts)]
}

const explain = (policy: Policy<never>, { event, before, decisions, validity }: Moment): Explanation => {
  const { reason, asked } = interrogate(policy, before, event, true)
  // decisions are those of the commands that steer, in their order
  const paths = asked.flatMap(([command, path]) => (steers(command) && command._tag !== 'Run' ? [path] : []))
  const { epoch, batch, step, lr } = event
  return {
    event: event._tag,
    epoch,
    batch,
    step,
    lr,
    validity,
    decisions: decisions.map((decision, i) => ({ path: paths[i] ?? [reason.part], ...decision })),
    reason,
  }
}

/** Of an epoch: every event with a decision, and the last of each kind that the policy heard. */
const telling = (moments: ReadonlyArray<Moment>, epoch: number): ReadonlyArray<Moment> => {
  const inEpoch = moments.filter(({ event }) => event.epoch === epoch)
  const last = new Map(inEpoch.map((moment) => [moment.event._tag, moment]))
  return inEpoch.filter((moment) => moment.decisions.length > 0 || last.get(moment.event._tag) === moment)
}

const checkEpoch = (log: TrainingLog, epoch: number): void => {
  const ends = log.events.flatMap((event) => (event._tag === 'EpochEnd' ? [event.epoch] : []))
  if (ends.includes(epoch)) return
  const there = ends.length === 0 ? 'no epoch' : `epochs ${ends[0]} to ${ends.at(-1)}`
  throw new RangeError(`why: epoch ${epoch} is not in the log, which has ${there} (from 0)`)
}

/**
 * Why did it decide so, or not? For every decision of a replay, or for all parts at one epoch: the way through the pipeline,
 * the value observed, the best, the waiting, and what was missing. An epoch that the policy never came to has no explanations;
 * one that isn't in the log is a `RangeError`.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { why } from 'rxfit/replay'
 * const log = fromEpochs([{ val_loss: 2 }, { val_loss: 1 }, { val_loss: 3 }])
 * const [atEnd] = why(earlyStopping({ patience: 5 }), log, { epoch: 2 }).explanations
 * atEnd?.reason.needs // => 'wait 1 of 5; val_loss below 1 would be an improvement'
 */
export const why = <M extends string>(policy: Policy<M>, log: TrainingLog, options: WhyOptions = {}): Explanations => {
  const machine = policy as unknown as Policy<never>
  mustBePolicy('why', 'the first argument', machine)
  mustBeLog('why', 'the second argument', log)
  const { epoch } = options
  if (epoch !== undefined) checkEpoch(log, epoch)
  const { moments, replay } = witness('why', machine, log, options, (event) => event.epoch === epoch)
  const chosen = epoch === undefined ? moments.filter(({ decisions }) => decisions.length > 0) : telling(moments, epoch)
  return {
    explanations: chosen.map((moment) => explain(machine, moment)),
    outcome: replay.outcome,
    notes: replay.notes,
  }
}

/**
 * The same as JSON: what is not finite is spelled out.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { why, whyToJson } from 'rxfit/replay'
 * const log = fromEpochs([{ val_loss: NaN }])
 * JSON.stringify(whyToJson(why(earlyStopping(), log, { epoch: 0 }))).includes('"observed":"NaN"') // => true
 */
export const whyToJson = (explanations: Explanations): unknown => encodeJson(explanations)
