import * as v from 'valibot'
import type { Command } from '../../dsl/Command.js'
import type { Direction } from '../../dsl/Metrics.js'
import type { Watch } from '../../dialects/Dialect.js'
import { judge, type Disputed } from '../../dialects/judge.js'
import { plateauSchema } from '../../operators/internal/plateauSchema.js'
import { inside, type Part } from './parts.js'
import { directionFor, isOfEpochs, metricKey, signalKey, smoothed } from './signals.js'

/** What a policy does when what it watches has come to pass. */
export type Act = 'stop' | 'cut' | 'save'

/** A policy that watches a metric or another signal. */
export interface Watcher extends Omit<Watch, 'metric'> {
  readonly part: Part
  readonly acts: Act
  /** equal for those that watch the same */
  readonly key: string
  /** the metric, where its direction is the signal's; undefined where an enricher adds it, or the signal is of another kind */
  readonly metric: string | undefined
  /** what it watches, for people */
  readonly what: string
  /** whether it counts epochs */
  readonly ofEpochs: boolean
  /** those with equal rules decide alike when they see the same */
  readonly rules: string
  readonly baseline: number | null
}

const actOf: Readonly<Record<Disputed, Act>> = {
  earlyStopping: 'stop',
  reduceLROnPlateau: 'cut',
  modelCheckpoint: 'save',
}

const isDisputed = (kind: string): kind is Disputed => Object.hasOwn(actOf, kind)

/** Who made this spec may have made it by hand: then nothing is known of it. */
const watchIn = (builtin: Disputed, options: object): Watch | undefined => {
  try {
    return judge(builtin, options).judge.watch
  } catch {
    return undefined
  }
}

const ofBuiltin = (part: Part): ReadonlyArray<Watcher> => {
  const { kind, options = {} } = part.spec
  const found = isDisputed(kind) ? watchIn(kind, options) : undefined
  if (!isDisputed(kind) || found === undefined) return []
  const { dialect = 'rxfit', baseline, patience: _, verbose: __, restoreBestWeights: ___, ...rest } = options
  const added = part.provided.has(found.metric)
  return [
    {
      ...found,
      part,
      acts: actOf[kind],
      key: metricKey(found.metric, part.provided),
      metric: added ? undefined : found.metric,
      what: found.metric,
      ofEpochs: true,
      rules: dialect === 'rxfit' ? 'rxfit' : JSON.stringify([dialect, baseline, rest]),
      baseline: typeof baseline === 'number' ? baseline : null,
    },
  ]
}

/** The commands of an `emit`; undefined where a function makes them, or where it is no `emit`. */
export const commandsOf = ({ spec }: Part): ReadonlyArray<Command> | undefined => {
  const commands = spec.kind === 'emit' ? spec.options?.['commands'] : undefined
  return Array.isArray(commands) ? (commands as ReadonlyArray<unknown> as ReadonlyArray<Command>) : undefined
}

const actsOf = (commands: ReadonlyArray<Command>): ReadonlyArray<Act> => {
  const tags = commands.map((command) => command._tag)
  return [
    ...(tags.includes('StopTraining') ? (['stop'] as const) : []),
    ...(tags.includes('ScaleLearningRate') || tags.includes('SetLearningRate') ? (['cut'] as const) : []),
    ...(tags.includes('SaveModel') || tags.includes('SnapshotWeights') ? (['save'] as const) : []),
  ]
}

/**
 * The plateaus that a trigger hangs on. `first`: its first firing is that of the plateau. `least`: it fires no sooner, and may
 * well fire later.
 */
const plateausIn = (trigger: Part): ReadonlyArray<{ readonly plateau: Part; readonly how: 'first' | 'least' }> => {
  const children = inside(trigger)
  switch (trigger.spec.kind) {
    case 'whenPlateau':
      return [{ plateau: trigger, how: 'first' }]
    case 'cooldown':
      return children.flatMap(plateausIn)
    case 'atMost':
      return trigger.spec.options?.['n'] === 0 ? [] : children.flatMap(plateausIn)
    case 'and':
      return children.flatMap(plateausIn).map(({ plateau }) => ({ plateau, how: 'least' }))
    case 'enrich':
      return children.slice(1).flatMap(plateausIn)
    default:
      return []
  }
}

const modeOf = (mode: unknown): Direction | 'auto' => (mode === 'min' || mode === 'max' ? mode : 'auto')

const ofSignal = (part: Part, acts: Act, signal: Part, direction: Direction | null): Watcher => ({
  part,
  acts,
  key: signalKey(signal),
  metric: smoothed(signal),
  what: signal.spec.metrics?.join(' with ') ?? signal.spec.kind,
  ofEpochs: isOfEpochs(signal),
  rules: 'rxfit',
  direction,
  baseline: null,
  wait: null,
  delta: { kind: 'difference', value: 0 },
  from: 0,
  impatient: false,
})

const ofPlateau = (part: Part, acts: Act, plateau: Part): ReadonlyArray<Watcher> => {
  const [signal] = inside(plateau)
  const read = v.safeParse(plateauSchema, plateau.spec.options ?? {})
  if (signal === undefined || !read.success) return []
  const { patience, minDelta, mode, baseline = null } = read.output
  return [
    {
      ...ofSignal(part, acts, signal, directionFor(signal, mode)),
      wait: Math.max(1, patience),
      delta: { kind: 'difference', value: minDelta },
      baseline,
    },
  ]
}

const ofImprovement = (part: Part, trigger: Part): ReadonlyArray<Watcher> => {
  const [signal] = inside(trigger)
  if (signal === undefined) return []
  return [ofSignal(part, 'save', signal, directionFor(signal, modeOf(trigger.spec.options?.['mode'])))]
}

/** The `whenImproves` that a trigger hangs on. */
const improvementsIn = (trigger: Part): ReadonlyArray<Part> => {
  switch (trigger.spec.kind) {
    case 'whenImproves':
      return [trigger]
    case 'cooldown':
    case 'atMost':
    case 'and':
    case 'or':
      return inside(trigger).flatMap(improvementsIn)
    case 'enrich':
      return inside(trigger).slice(1).flatMap(improvementsIn)
    default:
      return []
  }
}

/** What a policy takes for better, where a mode that was given says so and no rule of patience hangs on it. */
export const tastesIn = (part: Part): ReadonlyArray<Pick<Watcher, 'part' | 'metric' | 'direction'>> => {
  const acts = actsOf(commandsOf(part) ?? [])
  // a message alone may well be about new lows
  if (acts.length === 0) return []
  return inside(part)
    .flatMap(improvementsIn)
    .flatMap((trigger) => inside(trigger).map((signal) => ({ trigger, signal })))
    .map(({ trigger, signal }) => ({
      part,
      metric: smoothed(signal),
      direction: directionFor(signal, modeOf(trigger.spec.options?.['mode'])),
    }))
}

/** The same of callbacks that compare a metric with limits. */
export const limitsIn = (part: Part): ReadonlyArray<Pick<Watcher, 'part' | 'metric' | 'direction'>> => {
  const { kind, options = {} } = part.spec
  const { mode, stoppingThreshold = null, divergenceThreshold = null } = options
  const monitor = kind === 'divergence' ? (options['monitor'] ?? 'val_loss') : options['monitor']
  // without a limit only NaN matters, and that has no direction
  const compares = kind === 'stopAtThreshold' || stoppingThreshold !== null || divergenceThreshold !== null
  if ((kind !== 'divergence' && kind !== 'stopAtThreshold') || !compares) return []
  if (typeof monitor !== 'string' || part.provided.has(monitor) || (mode !== 'min' && mode !== 'max')) return []
  return [{ part, metric: monitor, direction: mode }]
}

/** A pipeline that does what a named callback does, made of operators. */
const ofPipeline = (part: Part): ReadonlyArray<Watcher> => {
  const acts = actsOf(commandsOf(part) ?? [])
  return inside(part).flatMap((trigger) => [
    ...(acts.includes('save') && trigger.spec.kind === 'whenImproves' ? ofImprovement(part, trigger) : []),
    ...plateausIn(trigger).flatMap(({ plateau, how }) =>
      acts
        // a stop that may come later than its plateau rules nothing out
        .filter((act) => act === 'cut' || (act === 'stop' && how === 'first'))
        .flatMap((act) => ofPlateau(part, act, plateau)),
    ),
  ])
}

/** What a policy watches, and what it does then. */
export const watchersIn = (part: Part): ReadonlyArray<Watcher> => [...ofBuiltin(part), ...ofPipeline(part)]

/** An epoch or an observation, one or more. */
export const counted = ({ ofEpochs }: Pick<Watcher, 'ofEpochs'>, n: number): string =>
  `${n} ${ofEpochs ? 'epoch' : 'value'}${n === 1 ? '' : 's'}`
