import type { Command } from '../dsl/Command.js'
import { encodeJson } from '../dsl/Json.js'
import type { Policy } from '../dsl/Policy.js'
import type { Tag, TrainingEvent } from '../dsl/TrainingEvent.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import type { Decision, Validity } from '../runtime/Decision.js'
import { mustBeLog, mustBePolicy, type Outcome, type ReplayOptions } from './replay.js'
import { witness, type Moment, type Testimony } from './witness.js'

/** The first event at which two policies ask for different things. */
export interface Difference {
  readonly event: Tag
  readonly epoch: number
  readonly batch: number | null
  readonly step: number
  /** what the first asks for there; what it only observes is left out */
  readonly a: ReadonlyArray<Command>
  readonly b: ReadonlyArray<Command>
  readonly validity: Validity
}

/** Something that came out differently. `epoch`: since when. */
export interface Change {
  readonly what: 'stop' | 'epochs run' | 'learning rate' | 'saves' | 'best epoch' | 'weights' | 'verdict'
  readonly epoch?: number
  readonly a: number | string | null
  readonly b: number | string | null
}

/** Two policies on one run. */
export interface RunComparison {
  readonly path: string | null
  readonly epochs: number
  readonly agree: boolean
  readonly first: Difference | null
  readonly changed: ReadonlyArray<Change>
  readonly a: Outcome
  readonly b: Outcome
  /** what limits these answers */
  readonly notes: ReadonlyArray<string>
}

export interface Comparison {
  /** on every run */
  readonly agree: boolean
  readonly runs: ReadonlyArray<RunComparison>
}

type Side = (moment: Moment) => ReadonlyArray<unknown>

/**
 * What a policy's decisions come to: the words of a stop change nothing, and slots are only names, told apart by the order in
 * which they are first used.
 */
const meanings = (): Side => {
  const slots = new Map<string, number>()
  const meaning = ({ command }: Decision): unknown => {
    if (command._tag === 'StopTraining') return command._tag
    if (command._tag !== 'SnapshotWeights' && command._tag !== 'RestoreWeights') return command
    if (!slots.has(command.slot)) slots.set(command.slot, slots.size)
    return { ...command, slot: slots.get(command.slot) }
  }
  return ({ decisions }) => decisions.map((decision) => encodeJson(meaning(decision)))
}

/** Where an event stands within its epoch: both sides hear some of the same events, each in this order. */
const stages: Readonly<Partial<Record<Tag, number>>> = { TrainBegin: 0, EpochBegin: 1, EpochEnd: 4, TrainEnd: 6 }
const ofBatches = new Set<Tag>(['BatchBegin', 'BatchEnd'])

const placeOf = ({ _tag, epoch, batch, step }: TrainingEvent): ReadonlyArray<number> => {
  const ofBatch = ofBatches.has(_tag) || ((_tag === 'Saved' || _tag === 'CommandFailed') && batch !== null)
  const stage = stages[_tag] ?? (ofBatch ? 2 : _tag.startsWith('Test') ? 3 : 5)
  const within = _tag === 'BatchBegin' ? 0 : _tag === 'BatchEnd' ? 1 : 2
  return [epoch, stage, ofBatch ? (batch ?? 0) : 0, ofBatch ? within : 0, step]
}

const order = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number => {
  const at = a.findIndex((x, i) => x !== b[i])
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number)
}

const worse = (a: Validity, b: Validity): Validity =>
  a === 'diverged' || b === 'diverged' ? 'diverged' : a === 'censored' || b === 'censored' ? 'censored' : 'exact'

const commandsOf = (moment: Moment | undefined): ReadonlyArray<Command> =>
  (moment?.decisions ?? []).map(({ command }) => command)

const differenceAt = (a: Moment | undefined, b: Moment | undefined): Difference => {
  const { event, validity } = (a ?? b) as Moment
  const { _tag, epoch, batch, step } = event
  return {
    event: _tag,
    epoch,
    batch,
    step,
    a: commandsOf(a),
    b: commandsOf(b),
    validity: worse(validity, (b ?? a)?.validity ?? validity),
  }
}

const firstDifference = (one: Testimony, other: Testimony): Difference | null => {
  const [meaningOfA, meaningOfB] = [meanings(), meanings()]
  const decided = ({ moments }: Testimony): ReadonlyArray<Moment> =>
    moments.filter(({ decisions }) => decisions.length > 0)
  const [as, bs] = [decided(one), decided(other)]
  for (let i = 0; i < Math.max(as.length, bs.length); i += 1) {
    const [a, b] = [as[i], bs[i]]
    const before = a && b ? order(placeOf(a.event), placeOf(b.event)) : a ? -1 : 1
    if (before < 0) return differenceAt(a, undefined)
    if (before > 0) return differenceAt(undefined, b)
    if (a && b && JSON.stringify(meaningOfA(a)) !== JSON.stringify(meaningOfB(b))) return differenceAt(a, b)
  }
  return null
}

const savesOf = ({ saves }: Outcome): string =>
  `${saves.length}${saves.length > 0 ? `, last ${saves.at(-1)?.path}` : ''}`

const changesOf = (a: Outcome, b: Outcome, firstEpoch: number): ReadonlyArray<Change> => {
  const change = (what: Change['what'], x: Change['a'], y: Change['b']): ReadonlyArray<Change> =>
    x === y ? [] : [{ what, a: x, b: y }]
  const at = a.learningRates.findIndex((rate, i) => i < b.learningRates.length && rate !== b.learningRates[i])
  const sameSaves = JSON.stringify(a.saves) === JSON.stringify(b.saves)
  return [
    ...change('stop', a.stoppedEpoch, b.stoppedEpoch),
    ...change('epochs run', a.epochsRun, b.epochsRun),
    ...(at < 0
      ? []
      : [
          {
            what: 'learning rate' as const,
            epoch: firstEpoch + at,
            a: a.learningRates[at] as number,
            b: b.learningRates[at] as number,
          },
        ]),
    ...(sameSaves ? [] : [{ what: 'saves' as const, a: savesOf(a), b: savesOf(b) }]),
    ...change('best epoch', a.bestEpoch, b.bestEpoch),
    ...change('weights', a.restoredEpoch, b.restoredEpoch),
    ...change('verdict', a.verdict, b.verdict),
  ]
}

const compareOn = (a: Policy<never>, b: Policy<never>, log: TrainingLog, options: ReplayOptions): RunComparison => {
  const [one, other] = [witness('compare', a, log, options), witness('compare', b, log, options)]
  const first = firstDifference(one, other)
  const [left, right] = [one.replay.outcome, other.replay.outcome]
  return {
    path: log.path,
    epochs: log.epochs,
    agree: first === null,
    first,
    changed: first === null ? [] : changesOf(left, right, log.events[0]?.epoch ?? 0),
    a: left,
    b: right,
    notes: [...new Set([...one.replay.notes, ...other.replay.notes])].filter((note) => !log.notes.includes(note)),
  }
}

/**
 * Where two policies part on recorded runs: the first event at which they ask for different things, and what came of it. They
 * agree where they steer training alike, event by event; what only observes (logging, progress) is not compared, nor are a
 * stop's words and the names of slots.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { compare } from 'rxfit/replay'
 * const log = fromEpochs([3, 2, 2, 2, 1].map((val_loss) => ({ val_loss })))
 * const { agree, runs } = compare(earlyStopping({ patience: 1 }), earlyStopping({ patience: 2 }), [log])
 * agree // => false
 * runs[0]?.first?.epoch // => 2
 * runs[0]?.changed[0] // => { what: 'stop', a: 2, b: 3 }
 */
export const compare = <A extends string, B extends string>(
  a: Policy<A>,
  b: Policy<B>,
  logs: ReadonlyArray<TrainingLog>,
  options: ReplayOptions = {},
): Comparison => {
  const one = a as unknown as Policy<never>
  const other = b as unknown as Policy<never>
  mustBePolicy('compare', 'the first argument', one)
  mustBePolicy('compare', 'the second argument', other)
  if (!Array.isArray(logs)) throw new TypeError('compare: the third argument must be a list of logs')
  logs.forEach((log: TrainingLog, i) => mustBeLog('compare', `log ${i}`, log))
  const runs = logs.map((log: TrainingLog) => compareOn(one, other, log, options))
  return { agree: runs.every(({ agree }) => agree), runs }
}
