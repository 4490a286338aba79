import type { Command, Why } from '../dsl/Command.js'
import { decodeNumber, type JsonNumber } from '../dsl/Json.js'
import { insights } from '../dsl/Machine.js'
import type { Policy } from '../dsl/Policy.js'
import type { Logs, Moment, TrainingEvent } from '../dsl/TrainingEvent.js'
import { initialRate, resolve } from '../runtime/resolve.js'
import type { CaseEpoch, CaseLogs } from './Case.js'

/** A command and when it was asked for. */
export interface Asked {
  readonly epoch: number
  readonly batch: number | null
  readonly command: Command
}

export interface Drive {
  readonly asked: ReadonlyArray<Asked>
  /** epochs whose end every policy got through */
  readonly epochsRun: number
  /** what the policy had in mind after each of them */
  readonly minds: ReadonlyArray<Why>
  /** what it has in mind at the end */
  readonly mind: Why
  /** the rate after each epoch that was run */
  readonly rates: ReadonlyArray<number>
  readonly stopped: { readonly epoch: number; readonly batch: number | null } | null
  readonly failure: { readonly error: unknown; readonly epoch: number; readonly batch: number | null } | null
}

export interface Setup {
  readonly lr: number
  /** metrics that the run is known to report */
  readonly metrics: ReadonlyArray<string>
  /** metrics of an epoch that were not due in it */
  readonly missing?: (epoch: number) => ReadonlyArray<string>
  /** where no batches are recorded: how many there are in an epoch. Default 0 */
  readonly stepsPerEpoch?: number
}

const numbers = (logs: CaseLogs): Logs =>
  Object.fromEntries(
    Object.entries(logs)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [
        name,
        value === 'NaN' || value === 'Infinity' || value === '-Infinity' ? decodeNumber(value as JsonNumber) : value,
      ]),
  ) as Logs

/**
 * Trains on recorded metrics as the frameworks do: a stop inside an epoch ends its batches, and its end still comes; an
 * error ends everything. Unlike `replay` it keeps what the policy had in mind after each epoch.
 */
export const drive = (policy: Policy<never>, epochs: ReadonlyArray<CaseEpoch>, setup: Setup): Drive => {
  let state = policy.init
  let rate = initialRate(setup.lr)
  let step = 0
  let stopped: Drive['stopped'] = null
  let failure: Drive['failure'] = null
  const asked: Array<Asked> = []
  const minds: Array<Why> = []
  const rates: Array<number> = []
  const mind = (): Why => insights(policy, state)[0]?.why ?? {}

  const failed = (): boolean => failure !== null
  const over = (): boolean => stopped !== null || failed()

  const feed = (event: TrainingEvent): void => {
    if (failed()) return
    const { epoch, batch } = event
    try {
      const [commands, next] = policy.step(state, event)
      const resolved = resolve(commands, rate)
      state = next
      rate = resolved.learningRate
      for (const command of commands) asked.push({ epoch, batch, command })
      if (commands.some((command) => command._tag === 'StopTraining')) stopped ??= { epoch, batch }
    } catch (error) {
      failure = { error, epoch, batch }
    }
  }

  const moment = (epoch: number, batch: number | null): Moment => ({ epoch, batch, step, at: 0, lr: rate.value })
  const params = {
    epochs: epochs.length,
    initialEpoch: 0,
    steps: null,
    samples: null,
    batchSize: null,
    metrics: setup.metrics,
  }
  feed({ _tag: 'TrainBegin', ...moment(0, null), logs: {}, params })
  epochs.forEach((recorded, epoch) => {
    if (over()) return
    feed({ _tag: 'EpochBegin', ...moment(epoch, null), logs: {} })
    for (const { batch, logs } of recorded.batches ?? []) {
      if (over()) break
      feed({ _tag: 'BatchBegin', ...moment(epoch, batch), logs: {} })
      step += 1
      feed({ _tag: 'BatchEnd', ...moment(epoch, batch), logs: numbers(logs) })
    }
    if (!recorded.batches) step += setup.stepsPerEpoch ?? 0
    const missing = setup.missing?.(epoch) ?? []
    feed({ _tag: 'EpochEnd', ...moment(epoch, null), logs: numbers(recorded.logs), missing })
    if (failed()) return
    minds.push(mind())
    rates.push(rate.value)
  })
  // without an epoch to run there is no loop to end
  if (epochs.length > 0) feed({ _tag: 'TrainEnd', ...moment(Math.max(0, rates.length - 1), null), logs: {} })
  return { asked, epochsRun: rates.length, minds, mind: mind(), rates, stopped, failure }
}
