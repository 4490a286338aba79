import * as v from 'valibot'
import { host } from '#host'
import { decodeNumber, encodeJson, type JsonNumber, type JsonObject } from '../dsl/Json.js'
import { concatAll, isPolicy, type Policy } from '../dsl/Policy.js'
import { above, oneOf, parse, positive } from '../dsl/Options.js'
import { hasKind } from '../dsl/Spec.js'
import { nearest } from '../dsl/nearest.js'
import type { Logs, TrainingEvent } from '../dsl/TrainingEvent.js'
import { checkTexts, type TextData } from './evaluation/compareTexts.js'
import type { EvaluationData } from './evaluation/evaluateOn.js'
import type { Decision } from '../runtime/Decision.js'
import { drive, type FailureRules } from '../runtime/drive.js'
import { interpret, type Handlers, type LostRequest, type RememberedRow } from '../runtime/interpret.js'
import { oneLine, type LintContext } from '../runtime/lint/Finding.js'
import { preflight } from '../runtime/preflight.js'
import type { Lines } from '../sinks/Host.js'
import { mirror } from '../sinks/mirror.js'
import { outbox, type OutboxOptions } from '../sinks/outbox.js'
import { placeAfter, type Checkpoint, type Found, type Written } from './checkpoints/checkpoint.js'
import type { SummaryWriter } from '../tfevents/SummaryWriter.js'
import type { Target } from './Target.js'

/** What everything that takes policies has in common: fit, evaluate, predict, loops of one's own. */
export interface WireOptions {
  /** data to measure the model on besides, by name: `[x, y]`, a dataset of `{ xs, ys }`, or for texts `{ x, texts }` */
  readonly data?: Readonly<Record<string, EvaluationData | TextData>>
  /** handlers for commands of your own, or in place of rxfit's */
  readonly handlers?: Partial<Handlers> & Readonly<Record<string, unknown>>
  /** what happens when a command fails */
  readonly failures?: FailureRules
  /** how `HttpPost` commands are sent: tries, time limits, length of the queue */
  readonly http?: OutboxOptions
  /** where every event and command is written, one JSON line each; a path, or a function that takes the lines */
  readonly record?: string | ((lines: string) => void)
  /** false: print no warnings of `lint` before training; its errors refuse it all the same. Default true */
  readonly lint?: boolean
  /** clock in milliseconds, for time rules and records. Default Date.now */
  readonly now?: () => number
}

export const wireOptionNames = [
  'data',
  'handlers',
  'failures',
  'http',
  'record',
  'lint',
  'now',
] as const satisfies ReadonlyArray<keyof WireOptions>

/** Our own options apart from all others. */
export const wireOptionsOf = ({ data, handlers, failures, http, record, lint, now }: WireOptions): WireOptions => ({
  ...(data && { data }),
  ...(handlers && { handlers }),
  ...(failures && { failures }),
  ...(http && { http }),
  ...(record !== undefined && { record }),
  ...(lint !== undefined && { lint }),
  ...(now && { now }),
})

/** Epochs' logs by the name they were remembered under. */
export type Remembered = Readonly<Record<string, ReadonlyArray<RememberedRow>>>

/** What policies did. */
export interface Deeds {
  /** every command that steered, with its author and grounds */
  readonly decisions: ReadonlyArray<Decision>
  /** what `history()` and other `Remember` commands kept */
  readonly remembered: Remembered
}

export interface WireSettings extends WireOptions {
  readonly onEvent?: (event: TrainingEvent) => void
  /** called at every stop, whoever asks for it */
  readonly onStop?: () => void
  /** called before the run writes to a file; it may be cut back to what it was */
  readonly touch?: (path: string) => void
  /** called where a policy asks for a backup; without it such a policy is refused */
  readonly onBackUp?: () => void
}

/** What a wire has in mind between two events, beside its policy's state. */
export interface WireState {
  /** event files by their folders */
  readonly writers: Readonly<Record<string, string>>
  readonly measured: Readonly<Record<string, JsonNumber>>
  /** the latest time that was told */
  readonly at: number
  /** whether a policy has asked to stop */
  readonly stopped: boolean
}

/** A policy connected with what it steers, for one run. */
export interface Wire extends Deeds {
  readonly target: Target
  readonly now: () => number
  /** refuses what can be seen to fail before training starts */
  readonly check: () => void
  /**
   * Takes the next event; a promise only where there is something to wait for: quiet batches cost next to nothing. Never
   * throws: what goes wrong stops the run and is kept in `failure`, to be thrown where throwing leaks nothing.
   */
  readonly handle: (event: TrainingEvent) => Promise<void> | undefined
  readonly fail: (error: unknown) => void
  readonly failure: () => { readonly error: unknown } | undefined
  readonly stop: (reason: string) => void
  readonly stopping: () => boolean
  /** whether it was a policy that asked, and for good */
  readonly decided: () => boolean
  /** whether a policy has asked to leave the rest to another process */
  readonly paused: () => boolean
  /** why it was stopped, by everybody who asked */
  readonly reason: () => string
  /** what was measured since the last call: it belongs to the epoch's logs */
  readonly takeMeasured: () => Logs
  /** after the last event: what still waits is done, or reported */
  readonly finish: () => Promise<void>
  /** waits, for a while, until what was to be sent is sent */
  readonly drain: () => Promise<void>
  /** writes a checkpoint that training goes on from at that place, with all else that `run` tells */
  readonly saveCheckpoint: (
    path: string,
    place: Pick<Checkpoint, 'epoch' | 'batch' | 'step'>,
    run: (wire: WireState) => JsonObject,
  ) => Promise<void>
  /** goes on from a checkpoint; `past`: what was done before, where that is known */
  readonly resume: (found: Found, state: WireState | undefined, past: Deeds) => void
  /** gives back tensors and files; harmless twice. `failed`: something went wrong that no policy did */
  readonly close: (failed?: boolean) => void
}

/** Policies, as one or as a list. */
export type Callbacks<M extends string = string> = Policy<M> | ReadonlyArray<Policy<M>>

/** A policy, or several as one. What it needs of the metrics has been checked by then, or is when it looks for them. */
export const policyOf = (callbacks: Callbacks | undefined): Policy<never> => {
  if (callbacks === undefined) return concatAll<never>([])
  const list: ReadonlyArray<unknown> = Array.isArray(callbacks) ? (callbacks as ReadonlyArray<unknown>) : [callbacks]
  const stranger = list.findIndex((item) => !isPolicy(item))
  if (stranger >= 0)
    throw new TypeError(
      `callbacks${Array.isArray(callbacks) ? `[${stranger}]` : ''} is not a policy of rxfit; tfjs callbacks go to otherCallbacks of fit`,
    )
  return (Array.isArray(callbacks)
    ? concatAll(callbacks as ReadonlyArray<Policy>)
    : callbacks) as unknown as Policy<never>
}

const failureSchema = v.strictObject({
  steering: v.optional(oneOf('fail', 'warn')),
  observing: v.optional(oneOf('switchOff', 'fail')),
  attempts: v.optional(positive),
  timeout: v.optional(above(0)),
})

const openRecord = (path: string): Lines => {
  try {
    return host.openLines(path)
  } catch (cause) {
    throw new Error(`record: ${(cause as Error).message}`, { cause })
  }
}

/** Looks at policies before they train: throws what can't work, prints what hardly will. */
export const inspect = (policy: Policy<never>, context: LintContext, where: string, lint = true): void => {
  const warnings = preflight(policy, context, where)
  if (lint) for (const finding of warnings) host.print(`lint: ${oneLine(finding)}`, 'warning')
}

const dataNamed = (name: string, data: WireOptions['data'] = {}): unknown => {
  if (Object.hasOwn(data, name)) return data[name]
  const guess = nearest(name, Object.keys(data))
  const there = Object.keys(data).join(', ') || 'none'
  throw new Error(
    `there are no data named '${name}'${guess ? ` (did you mean '${guess}'?)` : ''}: give them as options.data; there is ${there}`,
  )
}

/** Connects a policy with what it steers. */
export const wire = (target: Target, policy: Policy<never>, settings: WireSettings): Wire => {
  const { record, onEvent, onStop, touch } = settings
  if (settings.onBackUp === undefined && hasKind(policy.spec, 'backupAndRestore'))
    throw new Error('backupAndRestore: works in fit and fit$ of rxfit/tfjs: only they can resume')
  const { now: clock = Date.now } = settings
  let [shift, latest] = [0, 0]
  const now = (): number => (latest = clock() + shift)
  const failures = settings.failures && parse('failures', failureSchema, settings.failures)
  const posts = outbox(settings.http, host.print)
  const copies = mirror(host)
  const remembered: Record<string, Array<RememberedRow>> = {}
  const outside: Array<string> = []
  const writers = new Map<string, SummaryWriter>()
  const headers = new Map<string, string>()
  const begunFiles = new Map<string, string>()
  let lines: Lines | undefined
  let failure: { readonly error: unknown } | undefined
  let stopping = false
  let [stopped, paused] = [false, false]
  let measured: Logs = {}

  /** What is done in the background: where a loss is to fail the run, it does when it is heard of. */
  const mayLose = (what: 'HttpPost' | 'SyncDirectory', [lost]: ReadonlyArray<LostRequest>): void => {
    if (lost && failures?.observing === 'fail')
      throw new Error(`${what}, asked for by '${lost.by}', failed: ${lost.message}`)
  }
  const stop = (): void => {
    stopping = true
    onStop?.()
  }
  const stopForGood = (): void => {
    stopped = true
    stop()
  }
  const handlers: Handlers = {
    ...interpret({
      stop: (pause) => {
        if (!pause) stopForGood()
        else {
          paused = true
          stop()
        }
      },
      ...target.can,
      post: (request) => {
        const lost = posts.post(request)
        mayLose('HttpPost', lost)
        return lost
      },
      sync: (request) => {
        const lost = copies.sync(request)
        mayLose('SyncDirectory', lost)
        return lost
      },
      backUp: (dir) => {
        if (!settings.onBackUp)
          throw new Error(`this run keeps no backups in '${dir}': backupAndRestore has fit keep them`)
        settings.onBackUp()
      },
      saveModel: (save, at) => target.save(save, () => written(placeAfter(at as TrainingEvent))),
      evaluate: ({ source, ...asked }, onCurve) =>
        target.evaluate(asked, source ? source() : dataNamed(asked.name, settings.data), onCurve),
      compareTexts: ({ source, ...asked }, epoch) =>
        target.compareTexts(asked, source ? source() : dataNamed(asked.name, settings.data), epoch),
      draw: ({ source, ...asked }, epoch) =>
        target.draw(asked, source ?? (() => dataNamed(asked.name ?? '', settings.data)), epoch),
      writePicture: host.writePicture,
      writeFrame: host.writeFrame,
      append: (path, row, options) => {
        touch?.(path)
        // a file that was deleted in the meantime begins with its header again
        const header = options.header ?? headers.get(path)
        if (header !== undefined) headers.set(path, header)
        return host.append(path, row, { ...options, ...(header !== undefined && { header }) })
      },
      remember: (name, row) => {
        // own names alone: every object has a `toString`
        if (!Object.hasOwn(remembered, name))
          Object.defineProperty(remembered, name, { value: [], enumerable: true, configurable: true, writable: true })
        ;(remembered[name] as Array<RememberedRow>).push(row)
      },
      print: host.print,
      progress: host.progress,
      summaries: (folder) => {
        const open = writers.get(folder)
        if (open) return open
        const file = begunFiles.get(folder)
        const writer = host.summaryWriter(folder, { now, ...(file !== undefined && { file }) })
        touch?.(writer.path)
        writers.set(folder, writer)
        return writer
      },
    }),
    ...Object.fromEntries(Object.entries(settings.handlers ?? {}).filter(([, handler]) => handler !== undefined)),
  }
  const write = (text: string): void => {
    if (typeof record === 'function') record(text)
    else if (record !== undefined) {
      if (!lines) touch?.(record)
      ;(lines ??= openRecord(record)).write(text)
    }
  }
  const driver = drive(policy, {
    handlers,
    ...(failures && { failures: failures as FailureRules }),
    ...(record !== undefined && { record: write }),
    inside: host.inside,
    onEvent: (event) => {
      if (event._tag === 'Evaluated') measured = { ...measured, ...event.logs }
      onEvent?.(event)
    },
    warn: (message) => {
      host.print(message, 'warning')
    },
  })
  const written = (place: Pick<Checkpoint, 'epoch' | 'batch' | 'step'>): Written => {
    const { state, ...rest } = driver.suspend()
    return { ...place, learningRate: target.learningRate(), spec: policy.spec, state, driver: rest }
  }
  const drain = async (): Promise<void> => {
    try {
      mayLose('HttpPost', await posts.drain())
      // behind the posts: nothing is written any more
      mayLose('SyncDirectory', await copies.drain())
    } catch (error) {
      fail(error)
    }
  }
  const fail = (error: unknown): void => {
    failure ??= { error }
    stop()
  }
  return {
    target,
    now,
    check: () => {
      target.check(policy.spec)
      // who evaluates in a way of their own has data of their own
      if (settings.handlers?.Evaluate === undefined)
        target.checkData(policy.spec, (name) => dataNamed(name, settings.data))
      if (settings.handlers?.CompareTexts === undefined)
        checkTexts(policy.spec, (name) => dataNamed(name, settings.data))
    },
    decisions: driver.decisions,
    remembered,
    handle: (event) => {
      try {
        return driver.handle(event)?.catch(fail)
      } catch (error) {
        fail(error)
        return undefined
      }
    },
    fail,
    failure: () => failure,
    stop: (reason) => {
      outside.push(reason)
      stop()
    },
    stopping: () => stopping,
    decided: () => stopped,
    paused: () => paused && !stopped,
    reason: () => {
      const asked = driver.decisions.flatMap(({ command }) => (command._tag === 'StopTraining' ? [command.reason] : []))
      return [...new Set([...asked, ...outside])].join('; ')
    },
    takeMeasured: () => {
      const taken = measured
      measured = {}
      return taken
    },
    saveCheckpoint: (path, place, run) => {
      const files = [...begunFiles, ...[...writers].map(([folder, writer]) => [folder, writer.path] as const)]
      const own: WireState = {
        writers: Object.fromEntries(files),
        measured: encodeJson(measured) as WireState['measured'],
        at: latest,
        stopped,
      }
      return target.save({ path, what: 'checkpoint' }, () => ({ ...written(place), run: run(own) }))
    },
    resume: (found, state, past) => {
      target.putBack(found)
      driver.resume({ ...found.driver, state: found.state }, past.decisions)
      for (const [name, rows] of Object.entries(past.remembered)) remembered[name] = [...rows]
      if (!state) return
      for (const [folder, file] of Object.entries(state.writers)) begunFiles.set(folder, file)
      measured = Object.fromEntries(Object.entries(state.measured).map(([name, x]) => [name, decodeNumber(x)]))
      if (state.stopped) stopForGood()
      // for whoever counts time, the pause between was none
      shift = state.at - clock()
    },
    finish: async () => {
      await driver.finish()
      await drain()
    },
    drain,
    close: (failed = false) => {
      target.close(failed || failure !== undefined)
      posts.close()
      copies.close()
      lines?.close()
      lines = undefined
      for (const writer of writers.values()) writer.close()
      writers.clear()
      host.endProgress()
    },
  }
}
