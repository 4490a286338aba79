import { nearest } from '../dsl/nearest.js'
import { none, steers, type Command } from '../dsl/Command.js'
import type { State } from '../dsl/Machine.js'
import { blame, type Policy } from '../dsl/Policy.js'
import type { CommandFailed, TrainingEvent } from '../dsl/TrainingEvent.js'
import { decisionsOf, type Decision } from './Decision.js'
import type { Handler, Handlers } from './interpret.js'
import { refusalOf, type Inside } from './permit.js'
import { EndlessFeedback, feedbackLimit } from './feedback.js'
import { eventLines, headerLine } from './record.js'
import { initialRate, resolve, type LearningRate } from './resolve.js'

/** What to do when a command fails. */
export interface FailureRules {
  /** a command that steers training: 'fail' the fit (default), or 'warn' and go on without it */
  readonly steering?: 'fail' | 'warn'
  /** one that only observes: 'switchOff' after `attempts` (default), or 'fail' the fit */
  readonly observing?: 'switchOff' | 'fail'
  /** how often an observing command is tried, once an event, before it is switched off; from 1. Default 3 */
  readonly attempts?: number
  /** milliseconds that an observing command may hold training up, before it is switched off. Default 30 000 */
  readonly timeout?: number
}

export interface DriveOptions {
  readonly handlers: Handlers
  readonly failures?: FailureRules
  readonly warn: (message: string) => void
  /** takes the record's lines as they come about */
  readonly record?: (lines: string) => void
  /** whether a path lies in one of these folders: where commands made of JSON may write */
  readonly inside?: Inside
  /** sees every event, before the policy does */
  readonly onEvent?: (event: TrainingEvent) => void
}

/** A command could not be carried out: which, whose, where, why. */
export class CommandError extends Error {
  readonly _tag = 'CommandError'
  override readonly name = 'CommandError'
  constructor(
    readonly command: Command,
    at: TrainingEvent,
    override readonly cause: Error,
  ) {
    const what = 'path' in command ? `${command._tag} '${command.path}'` : command._tag
    const place = `at ${at._tag} of epoch ${at.epoch} (0-based)`
    super(`${what}, asked for by '${command.by ?? 'a policy'}' ${place}, failed: ${cause.message}`)
  }
}

/** Carries a run's events to its policy, and the policy's commands to their handlers. */
export interface Driver {
  /**
   * Takes the next event. Returns a promise only where there is something to wait for; the next event may come when it has
   * settled, so no event ever meets a half-applied one. Rejects (or throws) where the run has to end.
   */
  readonly handle: (event: TrainingEvent) => Promise<void> | undefined
  readonly decisions: ReadonlyArray<Decision>
  /** after the last event: tries once more what is still waiting, and says what was not done */
  readonly finish: () => Promise<void>
  /** the policy's state after the last event */
  readonly state: () => State
  /** all that decisions to come depend on, as JSON; for a moment at which no event is being handled */
  readonly suspend: () => Suspended
  /** goes on from there, with the decisions that were made before */
  readonly resume: (from: Suspended, decisions: ReadonlyArray<Decision>) => void
}

/** What a driver has in mind between two events. */
export interface Suspended {
  readonly state: State
  /** the learning rate as commands have composed it; null before the first */
  readonly rate: LearningRate | null
  /** what was switched off, having failed too often */
  readonly off: ReadonlyArray<string>
}

/** Observing commands that share a fate: a CSV file that can't be written is one trouble, not one an epoch. */
const sinkOf = (command: Command): string => {
  // each picture has a file of its own
  if (command._tag === 'Draw') return `${command.by ?? ''} Draw ${JSON.stringify([command.name, command.drawing])}`
  return `${command.by ?? ''} ${command._tag} ${'path' in command ? command.path : ''}${'label' in command ? command.label : ''}`
}

/** Can't be done later: the weights that it would show are gone by then. */
const isMomentary = (command: Command): boolean => command._tag === 'Draw'
const lasting = (commands: ReadonlyArray<Command>): ReadonlyArray<Command> =>
  commands.filter((command) => !isMomentary(command))

interface Trouble {
  readonly attempts: number
  /** event of the last attempt: there is one an event */
  readonly at: TrainingEvent
  /** not yet carried out, in order */
  readonly waiting: ReadonlyArray<Command>
  /** given up because too many were waiting */
  readonly dropped: number
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))

/** An observing command that doesn't come to an end. It may yet, so it isn't tried again. */
class TookTooLong extends Error {
  constructor(timeout: number) {
    super(`it took longer than ${timeout} ms (failures.timeout)`)
  }
}

/** As many observing commands wait for another try; beyond it the oldest is dropped. */
const mostWaiting = 1000

/** What comes of a task, or that it took too long. While it is waited for timers run, whatever training does. */
const within = async <A>(timeout: number, task: Promise<A>): Promise<A | TookTooLong> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<TookTooLong>((resolve) => {
    timer = setTimeout(() => {
      resolve(new TookTooLong(timeout))
    }, timeout)
  })
  try {
    return await Promise.race([task, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What a handler's task came to; people write handlers, so its shape is looked at. */
const outcomeOf = (result: unknown): ReadonlyArray<TrainingEvent> | Error => {
  const either = result as { readonly _tag?: unknown; readonly left?: unknown; readonly right?: unknown } | undefined
  if (either?._tag === 'Left') return asError(either.left)
  if (either?._tag !== 'Right')
    return new Error(
      'its handler must give a TaskEither: a function whose promise is { _tag: "Right", right: [] } or a Left',
    )
  return Array.isArray(either.right) ? (either.right as ReadonlyArray<TrainingEvent>) : []
}

/** Makes a driver for one run. */
export const drive = <M extends string>(policy: Policy<M>, options: DriveOptions): Driver => {
  const machine = policy as unknown as Policy<never>
  const { handlers, warn, record, onEvent, inside = () => false } = options
  const { steering = 'fail', observing = 'switchOff', attempts = 3, timeout = 30_000 } = options.failures ?? {}
  const decisions: Array<Decision> = []
  const troubles = new Map<string, Trouble>()
  const off = new Set<string>()
  /** what failed and could not be tried again */
  const losses = new Map<string, { readonly count: number; readonly message: string }>()
  let state = machine.init
  let rate: LearningRate | undefined

  const ask = (event: TrainingEvent): ReadonlyArray<Command> => {
    try {
      const [asked, next] = machine.step(state, event)
      state = next
      return asked
    } catch (cause) {
      throw blame(machine, event, cause)
    }
  }

  const carryOut = async (command: Command, at: TrainingEvent): Promise<ReadonlyArray<TrainingEvent> | Error> => {
    const handler = (handlers as Readonly<Record<string, Handler<never> | undefined>>)[command._tag]
    if (!handler) {
      const guess = nearest(command._tag, Object.keys(handlers))
      return new Error(
        `there is no handler for it${guess ? ` (did you mean '${guess}'?)` : ''}; pass one in options.handlers`,
      )
    }
    const refusal = refusalOf(command, inside)
    // neither tried again nor passed over
    if (refusal) throw new CommandError(command, at, refusal)
    try {
      const task: unknown = handler(command as never, at)
      return outcomeOf(typeof task === 'function' ? await (task as () => unknown)() : undefined)
    } catch (error) {
      return asError(error)
    }
  }

  const failed = (command: Command, at: TrainingEvent, error: Error): CommandFailed => ({
    _tag: 'CommandFailed',
    epoch: at.epoch,
    batch: at.batch,
    step: at.step,
    at: at.at,
    lr: at.lr,
    logs: {},
    command: command._tag,
    by: command.by ?? 'a policy',
    message: error.message,
  })

  /** Steers training: done now, or the run ends. */
  const steer = async (command: Command, at: TrainingEvent): Promise<ReadonlyArray<TrainingEvent>> => {
    const result = await carryOut(command, at)
    if (!(result instanceof Error)) return result
    const error = new CommandError(command, at, result)
    if (steering === 'fail') throw error
    warn(error.message)
    return [failed(command, at, result)]
  }

  /** Observes: what failed is tried again at the next event, in order, and given up after some attempts. */
  const observe = async (
    sink: string,
    commands: ReadonlyArray<Command>,
    at: TrainingEvent,
  ): Promise<ReadonlyArray<TrainingEvent>> => {
    const feedback: Array<TrainingEvent> = []
    const before = troubles.get(sink)
    const all = [...(before?.waiting ?? []), ...commands]
    const queue = all.slice(-mostWaiting)
    const dropped = (before?.dropped ?? 0) + all.length - queue.length
    if (before?.at === at) {
      troubles.set(sink, { ...before, waiting: lasting(queue), dropped })
      return feedback
    }
    while (queue.length > 0 && !off.has(sink)) {
      const command = queue[0] as Command
      const result = await within(timeout, carryOut(command, at))
      if (!(result instanceof Error)) {
        feedback.push(...result)
        queue.shift()
        continue
      }
      const error = new CommandError(command, at, result)
      if (observing === 'fail') throw error
      const tried = (before?.attempts ?? 0) + 1
      if (tried < attempts && !(result instanceof TookTooLong)) {
        if (isMomentary(command))
          losses.set(sink, { count: (losses.get(sink)?.count ?? 0) + 1, message: error.message })
        troubles.set(sink, { attempts: tried, at, waiting: lasting(queue), dropped })
        return feedback
      }
      off.add(sink)
      losses.delete(sink)
      warn(`${error.message}. Tried ${tried} time${tried === 1 ? '' : 's'}; switched off, training goes on.`)
      feedback.push(failed(command, at, result))
    }
    troubles.delete(sink)
    return feedback
  }

  /** The rate as our commands have left it; where someone else has changed it since, we go on from theirs. */
  const rateAt = ({ lr }: TrainingEvent): LearningRate => {
    if (rate === undefined) return initialRate(lr)
    if (rate.value === lr) return rate
    return { value: lr, set: rate.set === null || rate.scale === 0 ? rate.set : lr / rate.scale, scale: rate.scale }
  }

  const obey = async (event: TrainingEvent, asked: ReadonlyArray<Command>): Promise<ReadonlyArray<TrainingEvent>> => {
    const before = rateAt(event)
    const batch = resolve(asked, before)
    rate = batch.learningRate
    const feedback: Array<TrainingEvent> = []
    const retried = new Set<string>()
    for (const command of batch.commands) {
      if (steers(command)) {
        const heard = await steer(command, event)
        feedback.push(...heard)
        // a rate that was refused is not in force
        if (command._tag === 'SetLearningRate' && heard.some(({ _tag }) => _tag === 'CommandFailed')) rate = before
      } else {
        const sink = sinkOf(command)
        retried.add(sink)
        feedback.push(...(await observe(sink, [command], event)))
      }
    }
    feedback.push(...(await retry(event, retried)))
    // handlers stamp feedback with the event that asked; the rate may have changed since
    const { value: lr } = rate
    return feedback.map((happened) => (happened.lr === lr ? happened : { ...happened, lr }))
  }

  /** Gives troubled sinks that nothing was asked of another chance. */
  const retry = async (event: TrainingEvent, except: ReadonlySet<string>): Promise<ReadonlyArray<TrainingEvent>> => {
    const feedback: Array<TrainingEvent> = []
    for (const [sink, { waiting }] of [...troubles])
      if (!except.has(sink) && waiting.length > 0) feedback.push(...(await observe(sink, [], event)))
    return feedback
  }

  /** Policies hear of what came of their commands after the event is done with, one after another, never in between. */
  const settle = async (event: TrainingEvent, asked: ReadonlyArray<Command>): Promise<void> => {
    const queue: Array<TrainingEvent> = [...(await obey(event, asked))]
    for (let heard = 0; queue.length > 0; heard += 1) {
      if (heard === feedbackLimit) throw new EndlessFeedback(event)
      const next = queue.shift() as TrainingEvent
      queue.push(...(await obey(next, take(next))))
    }
  }

  const note = (event: TrainingEvent, asked: ReadonlyArray<Command>): void => {
    // an evaluation within a fit has no header of its own
    const header = 'params' in event ? headerLine(machine.spec, event.params) : ''
    record?.(header + eventLines(event, asked))
  }

  const take = (event: TrainingEvent): ReadonlyArray<Command> => {
    onEvent?.(event)
    let asked: ReadonlyArray<Command>
    try {
      asked = ask(event)
    } catch (error) {
      note(event, none)
      throw error
    }
    note(event, asked)
    if (asked.length > 0) decisions.push(...decisionsOf(event, asked, 'exact'))
    return asked
  }

  return {
    decisions,
    state: () => state,
    suspend: () => ({ state, rate: rate ?? null, off: [...off] }),
    resume: (from, before) => {
      state = from.state
      rate = from.rate ?? undefined
      for (const sink of from.off) off.add(sink)
      decisions.unshift(...before)
    },
    finish: async () => {
      for (const [sink, { waiting, at, dropped }] of [...troubles]) {
        troubles.delete(sink)
        if (dropped > 0)
          warn(`${sink.trim()}: ${dropped} commands were dropped: more than ${mostWaiting} waited for another try`)
        for (const [i, command] of waiting.entries()) {
          const result = await within(timeout, carryOut(command, at))
          if (!(result instanceof Error)) continue
          warn(
            `${new CommandError(command, at, result).message}. Not done when training ended: ${waiting.length - i} such.`,
          )
          break
        }
      }
      for (const { count, message } of losses.values()) warn(`${message}. Not done, and too late now: ${count} such.`)
      losses.clear()
    },
    handle: (event) => {
      const asked = take(event)
      return asked.length === 0 && troubles.size === 0 ? undefined : settle(event, asked)
    },
  }
}
