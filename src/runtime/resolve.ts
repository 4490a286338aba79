import { none, type Command, type ScaleLearningRate, type StopTraining } from '../dsl/Command.js'

/** The learning rate as commands have left it. */
export interface LearningRate {
  /** in force */
  readonly value: number
  /** what a schedule or a user last set; null while only scales have been at work */
  readonly set: number | null
  /** product of all scales so far */
  readonly scale: number
}

export const initialRate = (value: number): LearningRate => ({ value, set: null, scale: 1 })

/** One event's commands in the order in which they are carried out, and the learning rate after them. */
export interface Batch {
  readonly commands: ReadonlyArray<Command>
  readonly learningRate: LearningRate
}

/** Two policies set the learning rate at one event: neither can be right. */
export class LearningRateConflict extends Error {
  readonly _tag = 'LearningRateConflict'
  constructor(writers: ReadonlyArray<string>) {
    super(
      `the learning rate is set by more than one policy (${writers.join(' and ')}); ` +
        `let one set it and the others scale it (reduceLR, reduceLROnPlateau), or join the schedules (join, piecewise)`,
    )
  }
}

/** Without a schedule the rate itself is scaled, as in Keras; with one, the factor that the schedule is multiplied by. */
export const scaled = (
  rate: LearningRate,
  { factor, min, float32 }: Pick<ScaleLearningRate, 'factor' | 'min' | 'float32'>,
): LearningRate => {
  const target = Math.max((float32 ? Math.fround(rate.value) : rate.value) * factor, min)
  // already at or below the floor: a cut never raises the rate
  const value = Math.min(float32 ? Math.fround(target) : target, Math.max(rate.value, rate.value * factor))
  if (rate.set === null)
    return { value, set: null, scale: rate.scale * (rate.value === 0 ? factor : value / rate.value) }
  const scale = rate.set === 0 ? rate.scale * factor : value / rate.set
  return { value, set: rate.set, scale }
}

const applyRates = (rate: LearningRate, commands: ReadonlyArray<Command>): LearningRate => {
  const setters = commands.filter((command) => command._tag === 'SetLearningRate')
  const values = new Set(setters.map((command) => command.value))
  if (values.size > 1) throw new LearningRateConflict([...new Set(setters.map((command) => command.by ?? 'a policy'))])
  const [setter] = setters
  const base = setter ? { value: setter.value * rate.scale, set: setter.value, scale: rate.scale } : rate
  return commands.reduce((now, command) => (command._tag === 'ScaleLearningRate' ? scaled(now, command) : now), base)
}

const names = (commands: ReadonlyArray<Command>): string =>
  [...new Set(commands.map((command) => command.by ?? ''))].join(', ')

/** The last of those that share a key, in the order of their first. */
const lastOf = <C extends Command>(commands: ReadonlyArray<C>, key: (command: C) => string): ReadonlyArray<C> => [
  ...new Map(commands.map((command) => [key(command), command])).values(),
]

const mergeStops = (stops: ReadonlyArray<StopTraining>): ReadonlyArray<Command> => {
  const [first] = stops
  if (!first) return none
  const { pause: _, ...stop } = first
  const reason = [...new Set(stops.map((one) => one.reason))].join('; ')
  // who stops for good has the last word
  return [{ ...stop, by: names(stops), reason, ...(stops.every((one) => one.pause) && { pause: true }) }]
}

const touchesRate = (command: Command): boolean =>
  command._tag === 'SetLearningRate' || command._tag === 'ScaleLearningRate'

/** What may get in another command's way; everything else is carried out first, as it stands. */
const needsOrder = (command: Command): boolean => {
  switch (command._tag) {
    case 'SetLearningRate':
    case 'ScaleLearningRate':
    case 'AverageWeights':
    case 'SwapWeights':
    case 'Evaluate':
    case 'CompareTexts':
    case 'Draw':
    case 'SnapshotWeights':
    case 'SaveModel':
    case 'DeleteModel':
    case 'SyncDirectory':
    case 'RestoreWeights':
    case 'StopTraining':
      return true
    default:
      return false
  }
}

/**
 * Makes one conflict-free batch of the commands that an event's policies asked for, in their declared order. What observes,
 * and users' own commands, come first and keep their order; then the learning rate (the value that was set, times all
 * scales), averages, swaps (so that what is measured, drawn, kept and saved is what was swapped in), measurements, pictures, snapshots, saves,
 * deletions of what wasn't just saved, copies of folders, one restore, and last a stop that keeps every reason.
 */
export const resolve = (asked: ReadonlyArray<Command>, before: LearningRate): Batch => {
  if (!asked.some(needsOrder)) return { commands: asked, learningRate: before }
  const learningRate = asked.some(touchesRate) ? applyRates(before, asked) : before
  const rates = asked.filter(touchesRate)
  const of = <T extends Command['_tag']>(tag: T) =>
    asked.filter((command): command is Extract<Command, { _tag: T }> => command._tag === tag)
  const saves = lastOf(of('SaveModel'), (save) => `${save.what} ${save.path}`)
  return {
    learningRate,
    commands: [
      ...asked.filter((command) => !needsOrder(command)),
      ...(rates.length === 0 || learningRate.value === before.value
        ? none
        : [{ _tag: 'SetLearningRate' as const, value: learningRate.value, by: names(rates) }]),
      ...lastOf(of('AverageWeights'), (average) => average.slot),
      // once, even if two alike ask for it: twice would undo it
      ...lastOf(of('SwapWeights'), (swap) => swap.slot),
      ...of('Evaluate'),
      ...of('CompareTexts'),
      ...of('Draw'),
      ...lastOf(of('SnapshotWeights'), (snapshot) => snapshot.slot),
      ...saves,
      ...of('DeleteModel').filter((deletion) => !saves.some((save) => save.path === deletion.path)),
      ...of('SyncDirectory'),
      ...of('RestoreWeights').slice(-1),
      ...mergeStops(of('StopTraining')),
    ],
  }
}
